/**
 * `tags.add` inside a run: one unit, which writes them to the head.
 */
import type { Frame, Site } from "../engine/frame.ts";
import type { PassContext } from "../engine/pass-context.ts";
import { know } from "../engine/promises.ts";
import { askUnit } from "../engine/unit.ts";
import { latestHead, noteHead, showTags } from "./seen-tags.ts";
import { checkTags } from "./start-options.ts";

async function add(context: PassContext, given: readonly string[]): Promise<void> {
  const { ports, lease, run } = context;
  const { addOwnTags } = await import("../engine/run-tags.ts");
  const head = await addOwnTags(ports.store, latestHead(run), ports.clock.now(), given, lease);
  if (head !== undefined) noteHead(run, head);
}

function tagsAdd(frame: Frame, site: Site, args: readonly unknown[]): Promise<unknown> {
  const { execution } = frame;
  const invoke = (): Promise<void> => add(execution.context, checkTags(args[0]));
  const place = { name: site.name, at: site.at };
  const unit = askUnit(frame, frame.next(site.id), { sort: "step", place, args, invoke });
  return know(unit.then(() => showTags(execution, checkTags(args[0]))));
}

/** What the SDK's functions do, by name. */
export const tagFunctions = { "tags.add": tagsAdd };
