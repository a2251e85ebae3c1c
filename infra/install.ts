/**
 * Packages that cannot be bundled, installed beside the code for the system that Lambda runs on.
 *
 * Owns:      how npm is called, and the check that what was installed will load there.
 * Never:     goes to the registry when there is no such package.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { open, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { OutsidePackage } from "../transform/outside-packages.ts";
import { InfraError } from "./problems.ts";

const run = promisify(execFile);

/** What a function runs on, as npm names it. */
export type Processor = "arm64" | "x64";

/** Lambda's system, as npm names it. */
const system = { os: "linux", libc: "glibc" } as const;
/** How packages name what they bring for other systems. */
const otherSystem = /darwin|win32|windows|android|freebsd|musl|ia32|x86(?![_-]?64)|armv?[67]/;
/** How they name the processors, and the number of each in the header of an ELF file. */
const processors = {
  arm64: { other: /x64|x86|amd64/, elfMachine: 0xb7 },
  x64: { other: /arm64|aarch64/, elfMachine: 0x3e },
} as const;

/** npm's own program: started by Node, so that no shell is needed to find it. */
function npmProgram(): string {
  const beside = dirname(process.execPath);
  const places = [
    join(beside, "../lib/node_modules/npm/bin/npm-cli.js"),
    join(beside, "node_modules/npm/bin/npm-cli.js"),
  ];
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) return found;
  const fix = `Install npm beside Node (${process.execPath}): it gets packages with compiled parts for Lambda.`;
  throw new InfraError("HF603", "npm was not found.", fix);
}

/** Installs packages into the folder of a function. @throws InfraError HF603, HF604 */
export async function installPackages(
  packages: readonly OutsidePackage[],
  folder: string,
  processor: Processor,
): Promise<void> {
  if (packages.length === 0) return;
  const dependencies = Object.fromEntries(packages.map(({ name, version }) => [name, version]));
  const manifest = { name: "dispatcher", private: true, type: "module", dependencies };
  await writeFile(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  const flags = Object.entries({ ...system, cpu: processor }).map(([name, value]) => `--${name}=${value}`);
  const quiet = ["--omit=dev", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
  try {
    await run(process.execPath, [npmProgram(), "install", ...flags, ...quiet], { cwd: folder });
  } catch (error) {
    const names = packages.map(({ name, version }) => `${name}@${version}`).join(", ");
    const said = (error as { stderr?: string }).stderr ?? String(error);
    throw new InfraError(
      "HF603",
      `npm could not install ${names} for Lambda.\n${said}`,
      "See what npm says above.",
    );
  }
  await refuseOtherSystems(join(folder, "node_modules"), processor);
}

/** Compiled parts are looked at: a package that builds itself on this machine would only fail in Lambda. */
export async function refuseOtherSystems(folder: string, processor: Processor): Promise<void> {
  const { other, elfMachine } = processors[processor];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".node")) continue;
    const path = join(entry.parentPath, entry.name);
    const within = path.slice(folder.length + 1);
    // Some packages bring a part for every system, each named after its own, and choose when they are loaded.
    if (otherSystem.test(within) || other.test(within) || (await isCompiledFor(path, elfMachine))) continue;
    const what = `${within} is compiled for another system than Lambda's (Linux on ${processor}).`;
    const fix =
      "Take a version of the package that brings a compiled part for it, or build on such a machine.";
    throw new InfraError("HF604", what, fix);
  }
}

async function isCompiledFor(path: string, elfMachine: number): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(20), 0, 20, 0);
    return buffer.toString("latin1", 1, 4) === "ELF" && buffer.readUInt16LE(18) === elfMachine;
  } finally {
    await file.close();
  }
}
