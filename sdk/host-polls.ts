/**
 * Looking at other runs inside a run.
 *
 * Owns:      that `runs.poll` waits as `triggerAndWait` does: its run is put away meanwhile, and holds no slot of its queue.
 * Invariant: what looks at a run without letting go of its slot says so once the other one waits for a slot of the same kind (HF521).
 */
import { askEnd } from "../engine/children.ts";
import { HoldfastError } from "../engine/errors.ts";
import type { Execution } from "../engine/execution.ts";
import type { Frame, Site } from "../engine/frame.ts";
import { know } from "../engine/promises.ts";
import { isParked } from "../engine/slots.ts";
import { askUnit } from "../engine/unit.ts";
import type { TaskWait } from "./hooks.ts";
import { lazyClient } from "./lazy-client.ts";
import { type PollOptions, pollOutside, type RunRef, runIdOf } from "./poll.ts";
import { withWaitHooks } from "./run-hooks.ts";
import type { RetrievedRun } from "./run-shape.ts";

function refuseOwn(execution: Execution, id: string): void {
  if (id !== execution.context.run.id) return;
  const what = `Run ${id} waits for its own end.`;
  throw new HoldfastError("HF521", what, "Give runs.poll() the id of another run.");
}

/** The run, if nobody has to wait for it here: it has ended, or is not of this store and was waited for over HTTP. */
async function lookedAt(
  execution: Execution,
  id: string,
  options: PollOptions | undefined,
): Promise<RetrievedRun | undefined> {
  const run = await (await lazyClient()).retrieveRun(id);
  if (run.isCompleted) return run;
  const isHere = (await execution.context.ports.store.read(id)) !== undefined;
  return isHere ? undefined : pollOutside(id, options);
}

function poll(frame: Frame, site: Site, args: readonly unknown[]): Promise<unknown> {
  const [ref, options] = args as [RunRef, PollOptions?];
  const id = runIdOf(ref);
  const { execution } = frame;
  // Inside of what counts as a whole nothing is recorded, and nothing can be put away.
  if (frame.within !== undefined) return pollOutside(id, options);
  const place = { name: site.name, at: site.at };
  const [first, wait, last] = [frame.next(site.id), frame.next(site.id), frame.next(site.id)];
  const look = (key: string, invoke: () => Promise<unknown>): Promise<unknown> =>
    askUnit(frame, key, { sort: "step", place, args: [id], invoke });
  const rest = async (): Promise<unknown> => {
    const told = (): TaskWait => ({ type: "task", runId: id });
    await withWaitHooks(frame, wait, told, () => askEnd(frame, { key: wait, place, runId: id }));
    return look(last, async () => (await lazyClient()).retrieveRun(id));
  };
  const begin = async (): Promise<RetrievedRun | undefined> => {
    refuseOwn(execution, id);
    return lookedAt(execution, id, options);
  };
  return know(look(first, begin).then((found) => found ?? rest()));
}

/** The runs that were told of. */
const told = new WeakMap<Execution, Set<string>>();

/** A run is looked at by one that keeps its slot: says so where the other one waits for such a slot. */
async function looksAt({ execution }: Frame, _site: Site, args: readonly unknown[]): Promise<void> {
  const id = String(args[0]);
  const { context } = execution;
  const { run, ports } = context;
  const known = told.get(execution) ?? new Set();
  told.set(execution, known);
  if (run.queue === undefined || known.has(id)) return;
  const other = await ports.store.read(id);
  if (other === undefined || other.queue !== run.queue || !isParked(other)) return;
  known.add(id);
  context.print("warn", [
    `HF521 Run ${id} waits for a slot of the queue "${run.queue}", and this run holds one while it looks at that run: with no other slot in it both wait for ever. Await runs.poll() outside of steps, or triggerAndWait(): they give the slot back.`,
  ]);
}

/** What the SDK's functions do, by name. */
export const pollFunctions = { "runs.poll": poll, "runs.looksAt": looksAt };
