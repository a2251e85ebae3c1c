/**
 * The code that new runs can be pinned to in AWS: versions of the dispatcher that are still there. They are not listed; one that a
 * trigger names is asked for.
 *
 * Never:     asks anything for a trigger that names no version.
 * Invariant: a version that goes between the question and the run's first pass strands nobody: that pass tells it (HF318).
 */
import type { KeptCode } from "../engine/code-choice.ts";
import { isSameCode } from "./code-version.ts";
import type { DeployedCode } from "./deps.ts";

/** An answer holds so long: a batch asks once. */
const holdsMs = 60_000;

/** What it is made of. */
export interface KeptVersionsDeps {
  readonly code: DeployedCode;
  readonly clock: { now(): number };
  /** The tasks of a published version; undefined: there is no such version. */
  readonly ask: KeptCode["tasksOf"];
}

type Answer = ReturnType<KeptCode["tasksOf"]>;

/** What is known of versions, by asking. */
export function keptVersions({ code, clock, ask }: KeptVersionsDeps): KeptCode {
  const known = new Map<string, { readonly answer: Answer; readonly until: number }>();

  function asked(version: string): Answer {
    const now = clock.now();
    for (const [name, { until }] of known) if (until <= now) known.delete(name);
    const answer = known.get(version)?.answer ?? ask(version);
    if (!known.has(version)) {
      known.set(version, { answer, until: now + holdsMs });
      // What is not there may be a word at fault, and what failed is to be asked again.
      const forget = () => known.delete(version);
      answer.then((tasks) => tasks ?? forget(), forget);
    }
    return answer;
  }

  return {
    async tasksOf(version) {
      const current = code.version();
      const isCurrent = isSameCode(version, current.slice(current.lastIndexOf(".") + 1));
      return isCurrent ? code.tasks().map(({ id }) => id) : asked(version);
    },
  };
}
