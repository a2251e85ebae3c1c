/**
 * `auth.withAuth` inside a run, loaded with the first one: its function goes on as a part of the run, and what it asks of a server it asks of that one.
 *
 * Owns:      what each of the SDK's functions is there: a call of the run's own, a checkpoint that asks elsewhere, or refused.
 * Invariant: nothing that was meant for another server is done to this one.
 */
import { type Callable, handOver } from "../engine/authored.ts";
import { HoldfastError } from "../engine/errors.ts";
import type { Frame, Site } from "../engine/frame.ts";
import { know } from "../engine/promises.ts";
import { askUnit } from "../engine/unit.ts";
import { calledWith } from "./calls-apart.ts";
import type { Configuration } from "./config.ts";
import { setElsewhere } from "./link.ts";

/** Calls the function of `auth.withAuth` in its frame. */
export function withAuthIn(inner: Frame, args: readonly unknown[]): Promise<unknown> {
  const [configuration, fn] = args as [Configuration, Callable];
  return know(calledWith(configuration, async () => handOver(inner, fn, undefined, [])));
}

/** They ask a server, and are a checkpoint as any other call. */
const asking =
  /^(trigger|batchTrigger|idempotencyKeys\.reset|inputs\.send|runs\.poll|wait\.c\w+Token|webhooks\.waiter\.\w+)$/;

/** They wait for what is in this run's own store. */
const waiting = /And(Wait|Subscribe)$|^wait\.forToken$/;

/**
 * The call of a function that is made within `auth.withAuth`; undefined: it is the run's own there, too.
 * @throws HoldfastError HF506
 */
function askedElsewhere(
  name: string,
  outside: () => unknown,
): ((frame: Frame, site: Site, args: readonly unknown[]) => unknown) | undefined {
  if (waiting.test(name))
    throw new HoldfastError(
      "HF506",
      `${name}() is not supported within auth.withAuth() in a run.`,
      "Take it out of the function, or trigger and await runs.poll().",
    );
  if (!asking.test(name)) return undefined;
  return (frame, site, args) => {
    const invoke = async (): Promise<unknown> => outside();
    const place = { name: site.name, at: site.at };
    return know(askUnit(frame, frame.next(site.id), { sort: "step", place, args, invoke }));
  };
}

setElsewhere(askedElsewhere);
