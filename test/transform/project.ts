/**
 * Small projects in a temporary folder, with a stand-in for the holdfast package.
 *
 * Owns:      the folders, removed after each file's tests.
 */
import { mkdtempSync, realpathSync } from "node:fs";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Bundle } from "../../transform/bundle.ts";

/** A stand-in for what the bundle needs of Holdfast. */
const PACKAGE: Readonly<Record<string, string>> = {
  "package.json": `{ "name": "holdfast", "type": "module" }`,
  "dist/engine/runtime.js": `
export const seen = [];
export const sites = (file, rows) => rows.map(([id, name, line, flags]) => ({ id, name, at: file + ":" + line, flags }));
export const enter = () => null;
export const peek = () => null;
const follow = (value, [first, ...rest]) => {
  if (first === undefined) return value;
  const [key, args] = first;
  const member = key === undefined ? value : value[key];
  return follow(args === undefined ? member : Reflect.apply(member, key === undefined ? undefined : value, args), rest);
};
export const call = (frame, site, self, fn, args, tail = []) => {
  seen.push(site.name + " " + site.at);
  return follow(Reflect.apply(fn, self, args), tail);
};
export const loading = (module) => module;
export const construct = (frame, site, Class, args) => Reflect.construct(Class, args);
export const template = (strings, ...values) => [strings, ...values];
export const join = (frame, site, value) => value;
export const blame = (error) => error;
export const key = () => "key";
`,
  "dist/sdk/registry.js": `export const tasks = new Map();
export const setTaskDefaults = (given) => { globalThis.taskDefaults = given; };
export const setConfigHooks = (config, names) => { globalThis.configHooks = names.map((name) => [name, config[name]]); };`,
  "dist/sdk/index.js": `
import { tasks } from "./registry.js";
export const task = (options) => { tasks.set(options.id, options); return options; };
export const schedules = { task };
export const defineConfig = (config) => config;
export const webhook = task;
export const webhooks = { stripe: () => ({ provider: "stripe", options: {} }), endpoint: { define: (options) => options } };
export const step = async (name, fn) => fn();
`,
  "dist/sdk/host.js": `export { tasks, setConfigHooks, setTaskDefaults } from "./registry.js"; export { seen } from "../engine/runtime.js";`,
};

const folders: string[] = [];

/** A new temporary folder. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "holdfast-transform-")));
  folders.push(folder);
  return folder;
}

/** Removes every folder made so far. */
export async function removeFolders(): Promise<void> {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}

/** Writes files below a folder. A text that begins with `-> ` makes a symbolic link to that path below the folder. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    if (text.startsWith("-> ")) await symlink(join(folder, text.slice(3)), path, "junction");
    else await writeFile(path, text);
  }
}

/** A stand-in for the holdfast package, in a folder of its own. */
export async function stubPackage(): Promise<string> {
  const folder = temporaryFolder();
  await writeFiles(folder, PACKAGE);
  return folder;
}

/** A project of these files. */
export async function project(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = temporaryFolder();
  await writeFiles(folder, { "package.json": `{ "type": "module" }`, ...files });
  return folder;
}

/** What a loaded bundle of the stand-in exports. */
export interface Loaded {
  readonly tasks: ReadonlyMap<string, { readonly run: (payload?: unknown) => unknown }>;
  readonly seen: readonly string[];
}

/** Writes a bundle's files into a folder and imports it. */
export async function load(files: Readonly<Record<string, string>>, folder: string): Promise<Loaded> {
  await writeFiles(folder, files);
  return (await import(/* @vite-ignore */ pathToFileURL(join(folder, "bundle.mjs")).href)) as Loaded;
}

/** A task file. */
export const hello = `import { task } from "holdfast";
export const hello = task({
  id: "hello",
  run: async (payload: { name: string }) => {
    const greeting = await greet(payload.name);
    return greeting;
  },
});
async function greet(name: string): Promise<string> {
  if (name === "nobody") throw new Error("nobody there");
  return \`Hello \${name}\`;
}
`;

/** The problems of a build in short: `HF101 tasks/a.ts:1`. */
export function codes({ problems }: Bundle): string[] {
  return problems.map(({ code, file, line }) => `${code} ${file}:${line}`);
}
