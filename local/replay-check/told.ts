/**
 * What a verdict says to people and to machines.
 *
 * Invariant: what was said once of a place is not said again until the code is another one.
 */
import type { Place } from "../../engine/record.ts";
import type { Difference } from "./difference.ts";
import type { Replayed } from "./messages.ts";

/** A line of `holdfast dev --json`, and the words for it. */
export interface ReplayReport {
  readonly code?: "HF321";
  /** `differs`: it would have gone on otherwise. `stopped`: up to here it is the same, what lies behind is not checked. */
  readonly kind: "differs" | "stopped" | "unchecked";
  readonly task: string;
  readonly runId: string;
  /** What was called there, and `file` and `line` of it. */
  readonly call?: string;
  readonly file?: string;
  readonly line?: number;
  readonly what: string;
  readonly why?: string;
  readonly fix?: string;
  /** All of it as lines for people. */
  readonly text: string;
}

/** `file:line` as its parts. */
function placed({ name, at }: Place): Pick<ReplayReport, "call" | "file" | "line"> {
  const [, file = at, line] = /^(.*):(\d+)$/.exec(at) ?? [];
  return {
    call: name,
    ...(file === "" ? {} : { file }),
    ...(line === undefined ? {} : { line: Number(line) }),
  };
}

const named = ({ name, at }: Place): string => (at === "" ? name : `${name} at ${at}`);

function whatOf({ what, place, instead, ended }: Difference): string {
  const at = place === undefined ? "a call" : named(place);
  if (what === "missing record") {
    const before =
      instead === undefined ? "" : ` Where the run went on with ${named(instead)}, the replay does not.`;
    return `The replay asks for ${at}, of which the journal has no record.${before}`;
  }
  if (what === "unasked record") return `The run made ${at}, and the replay does not ask for it.`;
  if (what === "other inputs") return `The replay gives ${at} other arguments than the run did.`;
  return `The run ended with ${ended?.run ?? "?"}, the replay with ${ended?.replay ?? "?"}.`;
}

const whyOf: Readonly<Record<Difference["what"], string>> = {
  "missing record":
    "Had the run been interrupted behind this call, it would have been made then, a second time if it had been made under another name.",
  "unasked record":
    "Had the run been interrupted, what is recorded there would have had no effect on the rest.",
  "other inputs":
    "Had the run been interrupted, the recorded answer to the old arguments would have been taken for the answer to the new ones.",
  "other end": "Had the run been interrupted before its end, its caller would have got the other one.",
};

const fix =
  "Look in front of it for what is read without an await and may change: a variable of the module or of globalThis, process.env, a file, the machine. Read it within an awaited call or step(), and go on with what that gave.";

/** Says each thing once. */
export class Tongue {
  readonly #said = new Set<string>();

  /** The report on a verdict; undefined where there is nothing to say, or all was said. */
  reportOf({ verdict, task, runId, codeVersion }: Replayed): ReplayReport | undefined {
    if (verdict.kind === "same" || (verdict.kind === "unchecked" && verdict.isTold !== true))
      return undefined;
    const place =
      verdict.kind === "differs" ? verdict.difference.place : "place" in verdict ? verdict.place : undefined;
    const what = verdict.kind === "differs" ? verdict.difference.what : verdict.because;
    const isNew = this.#isNew([codeVersion, task, verdict.kind, what, place?.at ?? ""].join("\n"));
    if (!isNew) return undefined;
    const about = { kind: verdict.kind, task, runId, ...(place && placed(place)) };
    if (verdict.kind === "differs") {
      const said = { what: whatOf(verdict.difference), why: whyOf[verdict.difference.what], fix };
      const lines = [
        `HF321 Run ${runId} of "${task}" is not the same when it is replayed${place === undefined ? "" : ` (${place.at})`}.`,
        `  ${said.what}`,
        `  Why it matters: ${said.why}`,
        `  What to do: ${said.fix}`,
        "  More: docs/errors/HF321.md",
      ];
      return { code: "HF321", ...about, ...said, text: lines.join("\n") };
    }
    const words =
      verdict.kind === "stopped"
        ? `Runs of "${task}" are checked by replay up to ${named(verdict.place)}: ${verdict.because}. What lies behind is not checked.`
        : `Runs of "${task}" are not checked by replay: ${verdict.because}.`;
    return { ...about, what: words, text: words };
  }

  #isNew(key: string): boolean {
    if (this.#said.has(key)) return false;
    this.#said.add(key);
    return true;
  }
}
