/**
 * The files of a new project: those of `cli/template/`, and a package.json.
 *
 * Never:     changes or replaces what is there: an existing package.json only gets what it lacks.
 */
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { packageRoot } from "../local/package-root.ts";
import { UsageError } from "./failure.ts";

/** Where each file of the template goes. npm leaves out what is called `.gitignore`. */
const files = ["tasks/hello.ts", "test/hello.test.ts", "tsconfig.json", "gitignore"] as const;
const filesForAws = ["infra/app.mjs", "cdk.json"] as const;
const placeOf = (file: string): string => (file === "gitignore" ? ".gitignore" : file);

type Versions = Readonly<Record<string, string>>;

/** As much of a package.json as matters here. */
interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly scripts?: Versions;
  readonly dependencies?: Versions;
  readonly devDependencies?: Versions;
  readonly peerDependencies?: Versions;
  readonly allowScripts?: Readonly<Record<string, boolean>>;
}

/** What was made of a folder. */
export interface Started {
  readonly made: readonly string[];
  /** Was there already, and is as it was. */
  readonly kept: readonly string[];
}

/**
 * Makes a folder a project with one task and its test, and a CDK app where `aws` is true.
 * @throws UsageError where the folder is a file, or its package.json is none
 */
export async function start(folder: string, aws: boolean): Promise<Started> {
  const made: string[] = [];
  const kept: string[] = [];
  const write = async (file: string, text: string): Promise<void> => {
    const path = join(folder, file);
    await mkdir(dirname(path), { recursive: true });
    const isNew = await writeFile(path, text, { flag: "wx" }).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === "EEXIST" || error.code === "EISDIR") return false;
        throw error;
      },
    );
    (isNew ? made : kept).push(file);
  };
  const manifest = await manifestFor(folder, aws);
  for (const file of [...files, ...(aws ? filesForAws : [])])
    await write(placeOf(file), await readFile(join(packageRoot, "cli", "template", file), "utf8"));
  const path = join(folder, "package.json");
  (existsSync(path) ? kept : made).push("package.json");
  await writeFile(path, `${JSON.stringify(manifest, undefined, 2)}\n`);
  return { made, kept };
}

/** What npm takes for a name. */
const nameOf = (folder: string): string =>
  basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "") || "tasks";

/** The folder's package.json, with what it lacks. */
async function manifestFor(folder: string, aws: boolean): Promise<Manifest> {
  const own = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as Required<Manifest>;
  const there = await manifestIn(folder);
  const isThere = (name: string): boolean =>
    there?.dependencies?.[name] !== undefined || there?.devDependencies?.[name] !== undefined;
  const lacking = (versions: Versions): Versions =>
    Object.fromEntries(Object.entries(versions).filter(([name]) => !isThere(name)));
  const { react, ...peers } = own.peerDependencies;
  const pick = (names: readonly string[]): Versions =>
    Object.fromEntries(names.map((name) => [name, own.devDependencies[name] ?? "*"]));
  const tools = { ...pick(["typescript", "vitest"]), ...(aws ? { ...pick(["aws-cdk"]), ...peers } : {}) };
  const scripts = { dev: "holdfast dev", test: "vitest run", ...(aws ? { deploy: "holdfast deploy" } : {}) };
  return {
    ...(there ?? { name: nameOf(folder), private: true, type: "module" }),
    scripts: { ...scripts, ...there?.scripts },
    dependencies: { ...lacking({ holdfast: `^${own.version}` }), ...there?.dependencies },
    devDependencies: { ...lacking(tools), ...there?.devDependencies },
    allowScripts: { ...own.allowScripts, ...there?.allowScripts },
  };
}

async function manifestIn(folder: string): Promise<Manifest | undefined> {
  const path = join(folder, "package.json");
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    const fix = "Name a folder: one that is there, or one that is to be made.";
    throw new UsageError(`${folder} cannot be made a project: ${error.message}.`, fix);
  });
  if (text === undefined) return undefined;
  try {
    const manifest: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    if (typeof manifest === "object" && manifest !== null && !Array.isArray(manifest)) return manifest;
  } catch {}
  throw new UsageError(`${path} is not a JSON object; nothing was written.`, "Mend it, and say init again.");
}
