/**
 * `tags.add` inside a run: one unit, which writes them to the head.
 */
import type { Frame, Site } from "../engine/frame.ts";
import { addTags } from "../engine/head-write.ts";
import type { PassContext } from "../engine/pass-context.ts";
import { know } from "../engine/promises.ts";
import { askUnit } from "../engine/unit.ts";
import { checkTags } from "./start-options.ts";

/** What the pass has added: the head that it claimed does not tell. */
const added = new WeakMap<PassContext, readonly string[]>();

async function add(context: PassContext, given: readonly string[]): Promise<void> {
  const { ports, lease, run } = context;
  const all = checkTags([...(added.get(context) ?? run.tags), ...given]);
  added.set(context, all);
  await ports.store.write(run.id, addTags(lease, ports.clock.now(), all));
}

function tagsAdd(frame: Frame, site: Site, args: readonly unknown[]): Promise<unknown> {
  const { context } = frame.execution;
  const invoke = (): Promise<void> => add(context, checkTags(args[0]));
  const place = { name: site.name, at: site.at };
  return know(askUnit(frame, frame.next(site.id), { sort: "step", place, args, invoke }));
}

/** What the SDK's functions do, by name. */
export const tagFunctions = { "tags.add": tagsAdd };
