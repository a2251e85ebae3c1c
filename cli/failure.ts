/**
 * How a command ends that did not succeed: what is printed, and the exit code.
 *
 * Owns:      the exit codes; `holdfast --help` names them.
 * Never:     shows a stack, unless `--verbose` asks for it.
 */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { CommanderError } from "commander";
import { awsSetting, ownFix } from "./own-words.ts";
import { harmless, type Screen } from "./print.ts";

/** What the exit codes mean. */
const exitCodes = { ok: 0, failed: 1, wrongUse: 2, unreachable: 3 } as const;

/** Wrong use of the command line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  /** What to do next. */
  readonly fix: string;
  constructor(what: string, fix: string) {
    super(what);
    this.fix = fix;
  }
}

/** The command has printed all there is to say; only the exit code is left. */
export class QuietFailure extends Error {
  override readonly name = "QuietFailure";
}

interface Told {
  readonly code?: string;
  readonly what: string;
  readonly fix?: string;
}

/** Holdfast's errors and the server's answers have a code and a fix beside their message, which repeats both. */
export function told(error: unknown): Told {
  if (!(error instanceof Error)) return { what: String(error) };
  const { code, fix } = error as { code?: unknown; fix?: unknown };
  const known = typeof code === "string" && /^HF\d{3}$/.test(code) ? code : undefined;
  const cure = typeof fix === "string" && fix !== "" ? fix : awsSetting(error);
  let what = error.message;
  if (known !== undefined && what.startsWith(`${known} `)) what = what.slice(known.length + 1);
  if (cure !== undefined && what.endsWith(cure)) what = what.slice(0, -cure.length).trimEnd();
  return {
    what,
    ...(known === undefined ? {} : { code: known }),
    ...(cure === undefined ? {} : { fix: ownFix(known, cure) }),
  };
}

const wrongUse = new Set(["HF406", "HF505", "HF508"]);

function say({ code, what, fix }: Told, screen: Screen): void {
  screen.note(`${screen.paint("red", code ?? "error")} ${harmless(what)}`);
  if (fix !== undefined) screen.note(`${screen.paint("dim", "fix")} ${harmless(fix)}`);
  if (code !== undefined) screen.note(screen.paint("dim", `See ${pageOf(code)}.`));
}

/** The page of a code, as it came with the package, from where somebody stands. */
function pageOf(code: string): string {
  // Compiled, this file is two folders below package.json.
  const page = fileURLToPath(new URL(`../../docs/errors/${code}.md`, import.meta.url));
  const near = relative(process.cwd(), page);
  return near.startsWith("..") ? page : near;
}

function exitCode(error: unknown, code: string | undefined): number {
  if (code === "HF504") return exitCodes.unreachable;
  return error instanceof UsageError || wrongUse.has(code ?? "") ? exitCodes.wrongUse : exitCodes.failed;
}

/** Prints what went wrong; gives the exit code. */
export function report(error: unknown, screen: Screen, options: { json: boolean; verbose: boolean }): number {
  if (error instanceof QuietFailure) return exitCodes.failed;
  // Commander has printed it already, or it was asked for help.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.wrongUse;
  const { code, what, fix } = told(error);
  if (options.json) screen.json({ error: { code, message: what, fix } });
  else say({ what, ...(code === undefined ? {} : { code }), ...(fix === undefined ? {} : { fix }) }, screen);
  if (options.verbose && error instanceof Error) screen.note(harmless(error.stack ?? ""));
  return exitCode(error, code);
}
