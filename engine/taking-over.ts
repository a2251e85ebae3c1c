/**
 * A record that the code of before has made at another place, recorded again under the key that asks for it now: from then
 * on replay finds it like any other.
 */
import type { Ask } from "./ask.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Former } from "./moved.ts";
import { preview } from "./preview.ts";
import type { ResultRecord } from "./record.ts";
import type { Making } from "./unit-making.ts";

/** What the call came to, whoever asks. */
type Outcome = Omit<ResultRecord, "kind" | "key" | "gen" | "sort" | "t" | "by" | "epoch">;
const ofOutcome = ["ok", "value", "same", "changes", "files", "safe", "origin", "metadata", "tries"];

/** Answers the ask with what is recorded. Nothing is made. */
export function takeOver(
  ask: Ask,
  { number, record }: Former,
  { sort, place, args, receiver, closes }: Pick<Making, "sort" | "place" | "args" | "receiver" | "closes">,
): void {
  const { execution } = ask.frame;
  const { key, gen } = ask;
  const entries = Object.entries(record).filter(([name]) => ofOutcome.includes(name));
  const outcome = Object.fromEntries(entries) as unknown as Outcome;
  const input = preview(args);
  execution.running++;
  execution.context.writer
    .write({
      kind: "result",
      ...outcome,
      from: number,
      sort,
      key,
      gen,
      place,
      fp: fingerprint(args, receiver),
      ...(input === undefined ? {} : { input }),
      ...(closes === undefined ? {} : { closes }),
    })
    .then(() => {
      execution.running--;
      execution.kick();
    });
}
