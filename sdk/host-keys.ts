/**
 * Idempotency keys inside a run.
 *
 * Invariant: a key follows from the run: making one records nothing.
 */
import { createHash } from "node:crypto";
import { currentRun } from "../engine/current-run.ts";
import { HoldfastError } from "../engine/errors.ts";
import type { Frame, Site } from "../engine/frame.ts";
import { know } from "../engine/promises.ts";
import { askUnit } from "../engine/unit.ts";
import {
  type IdempotencyKey,
  type IdempotencyKeyScope,
  keptForms,
  keyMaterial,
  keyNotThere,
  madeKey,
  type ResetIdempotencyKeyOptions,
} from "./key-forms.ts";

const hashed = (scope: IdempotencyKeyScope, material: string): IdempotencyKey =>
  madeKey(scope, createHash("sha256").update(material).digest("hex"));

function idempotencyKey(): string {
  const unit = currentRun.getStore()?.unit;
  if (unit !== undefined) return unit;
  const fix = "Call it among the arguments of the call that needs it, or inside step().";
  throw new HoldfastError("HF501", "idempotencyKey() was called where no unit is.", fix);
}

/** Makes a key without recording anything: it follows from the run. */
function create(frame: Frame, _site: Site, args: readonly unknown[]): Promise<IdempotencyKey> {
  const { context, journal } = frame.execution;
  const scope = (args[1] as { scope?: IdempotencyKeyScope } | undefined)?.scope ?? "run";
  const attempt = String(journal.attempts.length + 1);
  const within = { run: [context.run.id], attempt: [context.run.id, attempt], global: [] }[scope] ?? [];
  try {
    return know(Promise.resolve(hashed(scope, keyMaterial(args[0], scope, within))));
  } catch (error) {
    return know(Promise.reject(error));
  }
}

/** Frees a key. Made again after an interruption, it gives the same run. */
function reset(frame: Frame, site: Site, args: readonly unknown[]): Promise<unknown> {
  const [task, key, options] = args as [string, unknown, ResetIdempotencyKeyOptions | undefined];
  const { context, journal } = frame.execution;
  const { ports, run } = context;
  const invoke = async (): Promise<{ readonly id: string }> => {
    const within = { runId: run.id, attempt: journal.attempts.length + 1 };
    const { plain, material, scope } = keptForms(key, options, within);
    const forms = [plain, material === undefined ? undefined : hashed(scope, material)];
    const freed: (string | undefined)[] = [];
    for (const form of forms)
      if (form !== undefined) freed.push(await ports.store.free(`${task}:${form}`, ports.clock.now()));
    const id = freed.find((each) => each !== undefined);
    if (id === undefined) throw keyNotThere(task);
    return { id };
  };
  const place = { name: site.name, at: site.at };
  return know(askUnit(frame, frame.next(site.id), { sort: "step", place, args: [task, key], invoke }));
}

/** What the SDK's functions do, by name. */
export const keyFunctions = {
  idempotencyKey,
  "idempotencyKeys.create": create,
  "idempotencyKeys.reset": reset,
};
