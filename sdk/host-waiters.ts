/**
 * Waiters for a delivery, inside a run. What makes them is loaded with the first.
 */
import type { Frame, Site } from "../engine/frame.ts";
import { know } from "../engine/promises.ts";
import { tokenIdOf } from "../engine/tokens.ts";
import { askUnit } from "../engine/unit.ts";

const inRun = () => import("./waiters-in-run.ts");

function create(frame: Frame, site: Site, args: readonly unknown[]): Promise<unknown> {
  const { execution } = frame;
  const { ports, run } = execution.context;
  const key = frame.next(site.id);
  const id = tokenIdOf(run.id, key, execution.journal.generation(key));
  const invoke = async () => (await inRun()).createInRun(ports, run, id, args);
  return know(askUnit(frame, key, { sort: "step", place: { name: site.name, at: site.at }, args, invoke }));
}

function cancel(frame: Frame, site: Site, args: readonly unknown[]): Promise<unknown> {
  const invoke = async () => (await inRun()).cancelInRun(frame.execution.context.ports, args);
  const place = { name: site.name, at: site.at };
  return know(askUnit(frame, frame.next(site.id), { sort: "step", place, args, invoke }));
}

/** What the SDK's functions do, by name. */
export const waiterFunctions = { "webhooks.waiter.create": create, "webhooks.waiter.cancel": cancel };
