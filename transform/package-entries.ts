/**
 * Which file of the holdfast package an import means.
 *
 * Owns:      the package's own entries, and the names under which authors reach them.
 * Invariant: one bundle holds one copy of Holdfast, whatever name it was imported by.
 */
import { existsSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";

const SDK = "sdk/index";
const ENTRIES: Readonly<Record<string, string>> = {
  holdfast: SDK,
  "holdfast/v3": SDK,
  "holdfast/runtime": "engine/runtime",
  "holdfast/host": "sdk/host",
  "holdfast/dispatch": "functions/dispatch",
  "holdfast/start": "functions/start",
  "holdfast/api": "functions/api",
  "holdfast/timer": "functions/timer",
  "holdfast/housekeeper": "functions/housekeeper",
  "holdfast/planner": "functions/planner",
  "holdfast/long-pass": "functions/long-pass",
  "holdfast/plan-process": "functions/plans/plan-process",
  "@trigger.dev/sdk": SDK,
  "@trigger.dev/sdk/v3": SDK,
  // What these export is there, and refused where it is used (`sdk/unsupported.ts`).
  "@trigger.dev/sdk/ai": SDK,
  "@trigger.dev/sdk/chat": SDK,
  "@trigger.dev/sdk/chat-server": SDK,
  "@trigger.dev/sdk/oidc/aws": SDK,
};

/** Matches the imports that lead into the holdfast package. */
export const PACKAGE_IMPORT =
  /^(holdfast(\/(v3|runtime|host|dispatch|start))?|@trigger\.dev\/sdk(\/(v3|ai|chat|chat-server|oidc\/aws))?)$/;

/**
 * The file in which an import of the holdfast package begins that goes into a runner's bundle: one of a few that were made of three
 * hundred ahead (`build/programs.ts`), since reading those takes longer than all the rest of a build. In a checkout without them
 * it is what `packageEntry` gives.
 */
export function preparedEntry(packageRoot: string, specifier: string): string {
  const prepared = join(packageRoot, "dist", "prepared", `${basename(ENTRIES[specifier] ?? SDK)}.js`);
  return existsSync(prepared) ? prepared : packageEntry(packageRoot, specifier);
}

/** The file that an import of the holdfast package means: the compiled one, or the source in an uncompiled checkout. */
export function packageEntry(packageRoot: string, specifier: string): string {
  const entry = ENTRIES[specifier] ?? SDK;
  const compiled = join(packageRoot, "dist", `${entry}.js`);
  const source = join(packageRoot, `${entry}.ts`);
  return !existsSync(compiled) && existsSync(source) ? source : compiled;
}

/** The name of Holdfast's own for an import that leads into it. */
export function ownName(specifier: string): string {
  return ENTRIES[specifier] === SDK ? "holdfast" : specifier;
}

const OWN_FOLDERS = new Set([
  "dist",
  "sdk",
  "engine",
  "transform",
  "functions",
  "local",
  "cli",
  "infra",
  "testing",
]);

/** True for the author's code: no `node_modules` in its real path, and no file of the holdfast package itself. */
export function isAuthorsFile(path: string, packageRoot: string): boolean {
  if (path.split(sep).includes("node_modules")) return false;
  const [folder = ""] = relative(packageRoot, path).split(sep);
  return !OWN_FOLDERS.has(folder);
}
