/**
 * A monorepo as people have them: workspaces with code in TypeScript and in CommonJS, path aliases that differ from package to
 * package, packages of npm in both kinds of module, and decorators.
 */
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Folder, linkHoldfast, makeFolder } from "./place.ts";

const json = (value: unknown): string => JSON.stringify(value, null, 2);

const main = `import { task, wait } from "holdfast";
import legacy, { old } from "@acme/legacy";
import { charge } from "@acme/shared";
import cjsOnly, { named } from "cjs-only";
import { esmOnly } from "esm-only";
import { nearby } from "~/nearby";
import { mail } from "@mail/send";

export const everything = task({
  id: "everything",
  run: async ({ n }: { n: number }) => {
    const before = [await charge(n), await old(n), await legacy.old(n), await nearby(n), await mail(n)];
    await wait.for({ seconds: 2 });
    return [...before, await esmOnly(n), await cjsOnly(n), await named(n)];
  },
});
`;

/** Decorators as TypeScript has had them for long: of a class, a property, a method and a parameter. */
const experimental = `import { setTimeout as sleep } from "node:timers/promises";
import { task, wait } from "holdfast";

const seen = new Set<string>();
function sealed(base: { readonly name: string }): void {
  seen.add(\`class \${base.name}\`);
}
function column(_target: object, key: string): void {
  seen.add(\`property \${key}\`);
}
const inject = (name: string) => (_target: object, _key: string | undefined, index: number): void => {
  seen.add(\`parameter \${name} \${index}\`);
};
function logged(_target: object, key: string, descriptor: PropertyDescriptor): void {
  const original = descriptor.value as (...args: unknown[]) => unknown;
  descriptor.value = function (this: unknown, ...args: unknown[]) {
    seen.add(\`method \${key}\`);
    return original.apply(this, args);
  };
}

@sealed
class Mailer {
  @column host = "mail.example";
  constructor(@inject("port") readonly port: number) {}

  @logged
  async send(to: string): Promise<string> {
    const from = await sleep(1, \`\${this.host}:\${this.port}\`);
    return \`\${to} by \${from}\`;
  }
}

export const experimentalDecorators = task({
  id: "experimental-decorators",
  run: async (to: string) => {
    const mailer = new Mailer(25);
    const first = await mailer.send(to);
    await wait.for({ seconds: 2 });
    return [first, await mailer.send("x"), [...seen].sort()];
  },
});
`;

/** Decorators as the language has them: of a class, a field, an accessor and methods. */
const standard = `import { setTimeout as sleep } from "node:timers/promises";
import { task, wait } from "holdfast";

const seen = new Set<string>();
function sealed(_base: unknown, { name }: ClassDecoratorContext): void {
  seen.add(\`class \${name}\`);
}
const doubled = (_: undefined, _context: ClassFieldDecoratorContext) => (value: number) => value * 2;
function watched<This, Value>(
  { get, set }: ClassAccessorDecoratorTarget<This, Value>,
  { name }: ClassAccessorDecoratorContext,
) {
  return {
    get,
    set(this: This, value: Value) {
      seen.add(\`set \${String(name)}\`);
      set.call(this, value);
    },
  };
}
function logged<This, Args extends unknown[], Result>(
  method: (this: This, ...args: Args) => Result,
  { name }: ClassMethodDecoratorContext,
) {
  return function (this: This, ...args: Args): Result {
    seen.add(\`method \${String(name)}\`);
    return method.apply(this, args);
  };
}

@sealed
class Mailer {
  @doubled port = 25;
  @watched accessor host = "a";

  @logged
  async send(to: string): Promise<string> {
    const from = await sleep(1, \`\${this.host}:\${this.port}\`);
    return \`\${to} by \${from}\`;
  }

  @logged
  static async make(): Promise<Mailer> {
    await sleep(1);
    return new Mailer();
  }
}

export const standardDecorators = task({
  id: "standard-decorators",
  run: async (to: string) => {
    const mailer = await Mailer.make();
    mailer.host = "mail.example";
    const first = await mailer.send(to);
    await wait.for({ seconds: 2 });
    return [first, await mailer.send("x"), [...seen].sort()];
  },
});
`;

const files: Readonly<Record<string, string>> = {
  "package.json": json({ name: "acme", private: true, workspaces: ["packages/*"] }),
  "tsconfig.base.json": json({
    compilerOptions: { strict: true, target: "es2022", paths: { "@mail/*": ["./packages/mail/src/*"] } },
  }),

  "packages/worker/package.json": json({
    name: "@acme/worker",
    private: true,
    type: "module",
    sideEffects: false,
  }),
  "packages/worker/tsconfig.json": json({
    extends: "../../tsconfig.base.json",
    compilerOptions: { paths: { "~/*": ["./src/*"], "@mail/*": ["../mail/src/*"] } },
  }),
  "packages/worker/src/tasks/everything.ts": main,
  "packages/worker/src/tasks/standard.ts": standard,
  "packages/worker/src/nearby.ts": `import { helper } from "~/deep/helper";
export async function nearby(n: number): Promise<string> {
  return \`nearby \${await helper(n)}\`;
}
`,
  "packages/worker/src/deep/helper.ts": `import { setTimeout as sleep } from "node:timers/promises";
export const helper = async (n: number): Promise<number> => await sleep(1, n);
`,
  // Its own tsconfig.json says what kind of decorators they are.
  "packages/orm/package.json": json({ name: "@acme/orm", private: true, type: "module" }),
  "packages/orm/tsconfig.json": json({
    extends: "../../tsconfig.base.json",
    compilerOptions: { experimentalDecorators: true },
  }),
  "packages/orm/tasks/experimental.ts": experimental,

  // "~" is another folder here.
  "packages/shared/package.json": json({
    name: "@acme/shared",
    type: "module",
    exports: { ".": "./src/index.ts" },
  }),
  "packages/shared/tsconfig.json": json({ compilerOptions: { paths: { "~/*": ["./lib/*"] } } }),
  "packages/shared/src/index.ts": `import { setTimeout as sleep } from "node:timers/promises";
import { twice } from "~/twice.ts";
export async function charge(n: number): Promise<string> {
  await sleep(1);
  return \`charged \${await twice(n)}\`;
}
`,
  "packages/shared/lib/twice.ts": `import { setTimeout as sleep } from "node:timers/promises";
export const twice = async (n: number): Promise<number> => await sleep(1, 2 * n);
`,
  "packages/mail/src/send.ts": `import { setTimeout as sleep } from "node:timers/promises";
export async function mail(n: number): Promise<string> {
  return await sleep(1, \`mailed \${n}\`);
}
`,
  "packages/legacy/package.json": json({ name: "@acme/legacy", version: "1.0.0", main: "./index.js" }),
  "packages/legacy/index.js": `const { setTimeout: sleep } = require("node:timers/promises");
async function old(n) {
  await sleep(1);
  return "old " + n;
}
module.exports = { old };
`,

  "node_modules/esm-only/package.json": json({ name: "esm-only", type: "module", exports: "./index.js" }),
  "node_modules/esm-only/index.js": `export const esmOnly = async (n) => "esm " + n;\n`,
  "node_modules/cjs-only/package.json": json({ name: "cjs-only", main: "index.js" }),
  "node_modules/cjs-only/index.js": `module.exports = async (n) => "cjs " + n;
module.exports.named = async (n) => "named " + n;
`,
};

/** Makes the monorepo, installed: its packages are linked into the root's `node_modules`, as npm and others do. */
export async function makeMonorepo(): Promise<Folder> {
  const folder = await makeFolder("monorepo");
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, name)), { recursive: true });
    await writeFile(join(folder.path, name), text);
  }
  await linkHoldfast(folder.path);
  await mkdir(join(folder.path, "node_modules", "@acme"));
  for (const name of ["shared", "legacy", "worker", "orm"]) {
    const at = join(folder.path, "node_modules", "@acme", name);
    await symlink(join(folder.path, "packages", name), at, "junction");
  }
  return folder;
}
