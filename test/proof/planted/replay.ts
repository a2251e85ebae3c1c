/** Bugs in what a run does again: records, deliveries, retries, values. */
import { type Bug, simulated } from "./bug.ts";

const random = (guard: string, file: string, from: string, to: string, cases = 600): Bug => ({
  ...simulated(guard, file, from, to, {}, cases),
  suite: "P8",
});

export const replayBugs: readonly Bug[] = [
  simulated(
    "a result is delivered only when it is durable",
    "engine/writer",
    "const put = () => this.#put(number, record, carried);",
    "this.#journal.add(number, record); const put = () => this.#put(number, record, carried);",
    { task: "branches" },
    600,
  ),
  simulated(
    "records are delivered in the order of the log, one in a turn",
    "engine/execution",
    "const entry = this.journal.at(this.cursor);",
    "const ahead = this.journal.at(this.cursor + 1); const swap = ahead !== undefined && this.replaying && ahead.record.kind === 'result' && this.asked.has(ahead.record.key) && !this.swapped; if (swap) { this.swapped = true; this.asked.get(ahead.record.key).resolve(recordedValue(this.asked.get(ahead.record.key), ahead.record, this.context.spilled)); } const entry = this.journal.at(this.cursor);",
  ),
  simulated(
    "a call with a record is not made",
    "engine/execution",
    "if (number === undefined || record === undefined) { if (!this.cancelAhead",
    "if (number === undefined || record === undefined || this.asked.size > 1) { if (!this.cancelAhead",
  ),
  simulated(
    "while a cancel lies ahead nothing is begun",
    "engine/execution",
    "if (!this.cancelAhead && !this.moved.holds(ask))",
    "if (!this.moved.holds(ask))",
    { task: "canceled" },
    3000,
  ),
  simulated(
    "a handle is made again in each pass",
    "engine/making-again",
    "begins(execution, ask); ask.options.start(ask);",
    "",
  ),
  simulated(
    "a child's id follows from its parent and its key",
    "engine/children",
    "export function childIdOf(runId, key, gen = 0) {",
    "export function childIdOf(runId, key, gen = 0) { runId += Math.random();",
  ),
  simulated(
    "occurrences tell the calls of a loop apart",
    "engine/frame",
    "this.#occurrences.set(siteId, occurrence + 1);",
    "",
  ),
  simulated(
    "a failed try is followed by another",
    "engine/unit-tries",
    "tries >= this.#retry.maxAttempts",
    "tries >= 2",
  ),
  simulated(
    "a result that looks like a failure is asked for again",
    "engine/retry",
    "export function looksLikeFailure(result) {",
    "export function looksLikeFailure(result) { return false;",
  ),
  simulated(
    "a finally waits for the last attempt",
    "engine/leaving",
    "if (frame?.escapes !== true) return false;",
    "return false;",
  ),
  simulated(
    "a result that is one of the inputs stays that object",
    "engine/outcome",
    "if (same !== undefined) return ask.options.inputs?.at(same);",
    "",
  ),
  simulated(
    "what a call did to its arguments is done again",
    "engine/outcome",
    "if (changes === undefined || ask.isLive || ask.isChanged) return;",
    "return;",
  ),
  simulated(
    "chance comes from the run's seed",
    "engine/virtual",
    "(current === undefined ? previous.call(Math) : current.random())",
    "previous.call(Math)",
  ),
  simulated(
    "time is the run's own",
    "engine/virtual",
    "(current === undefined ? previous.call(Previous) : Math.floor(current.clock()))",
    "previous.call(Previous)",
  ),
  simulated(
    "a resumed run drops the error that ended it",
    "engine/journal",
    "for (const dropped of drops) this.#reject(dropped);",
    "",
  ),
  random(
    "records carry the invocations of libraries",
    "engine/writer",
    "...(carried.length > 0 ? { inv: carried } : {}),",
    "",
  ),
  random(
    "invocations are carried until they are known to be durable",
    "engine/writer",
    "const carried = this.#unsaved.filter(({ call }) => !this.calling.has(call));",
    "const carried = this.#unsaved.splice(0).filter(({ call }) => !this.calling.has(call));",
    2_000,
  ),
];
