/**
 * A record that the code of before has made at another place, recorded again under the key that asks for it now: from then
 * on replay finds it like any other.
 */
import type { Ask } from "./ask.ts";
import { encode } from "./codec.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Former } from "./moved.ts";
import { preview } from "./preview.ts";
import type { ResultRecord } from "./record.ts";
import type { Making } from "./unit-making.ts";

/** What the call came to, whoever asks. */
type Outcome = Omit<ResultRecord, "kind" | "key" | "gen" | "sort" | "t" | "by" | "epoch">;
const ofOutcome = ["ok", "value", "same", "as", "changes", "files", "safe", "origin", "metadata", "tries"];
type Asking = Pick<Making, "sort" | "place" | "args" | "receiver" | "closes">;

/** Answers the ask with what is recorded. Nothing is made. */
export function takeOver(ask: Ask, { number, record }: Former, asking: Asking): void {
  const entries = Object.entries(record).filter(([name]) => ofOutcome.includes(name));
  writeFor(ask, { ...(Object.fromEntries(entries) as unknown as Outcome), from: number }, asking);
}

/** Answers the ask with the object of the record with this number: both calls gave it. */
export function takeAs(ask: Ask, number: number, asking: Asking): void {
  writeFor(ask, { ok: true, value: { inline: encode(undefined).text }, as: number }, asking);
}

function writeFor(ask: Ask, outcome: Outcome, { sort, place, args, receiver, closes }: Asking): void {
  const { execution } = ask.frame;
  const { key, gen } = ask;
  const input = preview(args);
  execution.running++;
  execution.context.writer
    .write({
      kind: "result",
      ...outcome,
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
