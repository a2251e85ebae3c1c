/** Bugs in how a pass takes over, holds and gives back a run, and in how others wake it. */
import type { Bug } from "./bug.ts";

type Part = Pick<Bug, "place" | "task">;

const simulated = (
  guard: string,
  file: string,
  from: string,
  to: string,
  part: Part = {},
  cases = 1_500,
): Bug => ({ guard, file, from, to, suite: "P3", ...part, cases });

const unheard = (guard: string, file: string, from: string, to: string): Bug => ({
  ...simulated(guard, file, from, to, {}, 300),
  suite: "P4",
});

export const passBugs: readonly Bug[] = [
  simulated(
    "a claim fills the gaps of the log",
    "engine/claim",
    "for (const number of gaps) {",
    "for (const number of []) {",
    { place: "cloud", task: "branches" },
    4000,
  ),
  simulated(
    "a lease counts as over before anybody else may take the run",
    "engine/lease-hold",
    "this.#ports.clock.now() < this.#until - skewMs",
    "this.#ports.clock.now() < this.#until + 60000",
    { place: "cloud" },
    600,
  ),
  simulated(
    "a claim leaves wakeAt as it is",
    "engine/head-write",
    "waitingFor: undefined, turn: undefined },",
    "waitingFor: undefined, turn: undefined, wakeAt: undefined },",
  ),
  simulated(
    "a run is put away only if its inbox has no news",
    "engine/head-write",
    'return held("suspended", lease, now, { ...set, ...givenBack }, news);',
    'return held("suspended", lease, now, { ...set, ...givenBack });',
  ),
  simulated(
    "news is read before the inbox",
    "engine/inbox-reader",
    "const head = await this.#ports.store.read(this.#run.id); const items = await this.#ports.store.inbox(this.#run.id);",
    "const items = await this.#ports.store.inbox(this.#run.id); const head = await this.#ports.store.read(this.#run.id);",
    { task: "parent" },
    4000,
  ),
  simulated(
    "nothing goes on before a put-away is answered",
    "engine/pass",
    "return !this.#givingBack.isOpen;",
    "return true;",
    { place: "cloud", task: "one" },
    2000,
  ),
  simulated(
    "what was cut off keeps nobody from leaving",
    "engine/execution",
    "this.#cutOff.uncount(this);",
    "",
    { place: "cloud", task: "timed" },
    600,
  ),
  simulated(
    "a run that has ended keeps its wakeAt until its parent is told",
    "engine/head-write",
    "wakeAt: tellParent ? now : undefined, ...givenBack, }); } /** All have been told",
    "wakeAt: undefined, ...givenBack, }); } /** All have been told",
  ),
  simulated(
    "a cancel is handed on to the children",
    "engine/cascade",
    "for (const id of options.childIds ?? []) void this.cancel(id);",
    "",
    { task: "canceled" },
    300,
  ),
  simulated(
    "an item that is sent wakes its run",
    "engine/memory-store",
    "news: kept.run.news + 1, wakeAt: now",
    "news: kept.run.news + 1",
  ),
  simulated(
    "a slot that is given back calls who waits for it",
    "engine/memory-store",
    "kept.run.owner === undefined ? pools.call(poolOf(kept.run), kept.run.updatedAt) : []",
    "[]",
    { task: "one" },
    300,
  ),
  simulated(
    "a queue holds no more runs than its limit",
    "engine/slots",
    "held + called < limit;",
    "held + called <= limit;",
    { task: "two" },
    300,
  ),
  simulated(
    "the same idempotency key gives the same run",
    "engine/memory-store",
    "sameKey && sameKey.expiresAt > run.createdAt ? runs.get(sameKey.runId) : undefined",
    "undefined",
  ),
  simulated(
    "a run is worked on by the code that it is pinned to",
    "functions/unseen-claim",
    "if (run.owner !== undefined || !isSameCode(run.codeVersion, hash)) return false;",
    "if (run.owner !== undefined) return false;",
    { place: "cloud" },
    600,
  ),
  unheard(
    "a run that is stored has a wakeAt",
    "engine/start",
    "wakeAt: isDelayed ? delayUntil : now + graceMs,",
    "wakeAt: isDelayed ? delayUntil : undefined,",
  ),
  unheard(
    "the timer looks once a second, whatever it was told",
    "local/timer",
    "const longestMs = 1_000;",
    "const longestMs = 4_000;",
  ),
  unheard(
    "a tick rings for what should have been rung for",
    "functions/tick",
    "if (wakeAt <= now - graceMs) return true;",
    "",
  ),
];
