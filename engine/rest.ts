/**
 * What a pass does when the pump has nothing to do.
 *
 * Owns:      the decision between going on, resting, suspending, leaving and giving up, and what counts as still.
 */
/** A wait that ends sooner is slept through. */
export const shortWaitMs = 1_000;
/** How long promises and libraries that are not ours may go on before a suspend interrupts them. */
const graceMs = 1_000;

/** What keeps a run from going on, as the pass sees it when the pump has nothing to do. */
export interface Quiet {
  /** Something of ours is running: a try, a write, a handle being made. */
  readonly busy: boolean;
  /** Promises of unknown origin that the program awaits; lost and awaited again after a suspend. */
  readonly soft: number;
  /** When the earliest wait or back-off is due; Infinity: only children or tokens; undefined: nothing waits. */
  readonly wakeAt: number | undefined;
}

/** The pass's side of it. */
export interface Rest {
  readonly now: number;
  /** Since when nothing has moved. */
  readonly since: number;
  readonly isLeaving: boolean;
  /** When the last of the author's own timers goes off: a promise of unknown origin may wait for it. */
  readonly timersUntil: number;
  /** A library's own call is still going on. */
  readonly hasLiveLibrary: boolean;
  /** How long to wait for a child's end before suspending. */
  readonly lingerMs: number;
  /** When a canceled run is cut off, whatever it waits for. */
  readonly cutAt: number | undefined;
}

/** Since when nothing has moved: what was delivered or asked for begins it anew, and so does whatever of ours is running. */
export class Stillness {
  #since: number | undefined;
  #moves = 0;

  broken(): void {
    this.#since = undefined;
  }

  /** `moves`: another number whenever something has happened. */
  since(now: number, moves: number): number {
    if (moves !== this.#moves) this.#since = undefined;
    this.#moves = moves;
    this.#since ??= now;
    return this.#since;
  }
}

export type Decision =
  /** Something will move by itself. */
  | { readonly kind: "goOn" }
  /** Look again after a while. */
  | { readonly kind: "rest"; readonly ms: number }
  | { readonly kind: "yield" }
  | { readonly kind: "suspend"; readonly wakeAt: number }
  /** Nothing can ever move again. */
  | { readonly kind: "stuck" };

const goOn = { kind: "goOn" } as const;

export function decide({ soft, wakeAt: due }: Quiet, rest: Rest): Decision {
  const wakeAt = due === undefined ? undefined : Math.min(due, rest.cutAt ?? due);
  if (rest.isLeaving && soft === 0) return { kind: "yield" };
  const isForeign = soft > 0 || rest.hasLiveLibrary;
  if (wakeAt === undefined) {
    if (isForeign) return goOn;
    return after(rest, graceMs, { kind: "stuck" });
  }
  if (wakeAt - rest.now < shortWaitMs) return goOn;
  // Timers that last longer than the wait do not win against it.
  const forTimers = Math.min(rest.timersUntil + graceMs, wakeAt - shortWaitMs + 1) - rest.now;
  if (soft > 0 && !rest.isLeaving && forTimers > 0) return { kind: "rest", ms: forTimers };
  const forChildren = wakeAt === Number.POSITIVE_INFINITY ? rest.lingerMs : 0;
  return after(rest, Math.max(isForeign ? graceMs : 0, forChildren), { kind: "suspend", wakeAt });
}

function after(rest: Rest, ms: number, decision: Decision): Decision {
  const left = rest.since + ms - rest.now;
  return left > 0 ? { kind: "rest", ms: left } : decision;
}
