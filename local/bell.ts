/**
 * The doorbell on one machine: decides which runner looks at which run, and when.
 *
 * Owns:      the queue of rings that no runner has room for, and who was given which run.
 * Never:     decides what happens to a run: two runners that are given the same one sort it out by its lease.
 * Invariant: a run is in the queue or with a seat, once each; a seat is given no more than `capacity` runs.
 */
import type { Clock, Doorbell } from "../engine/ports.ts";

/** How long a runner may take to acknowledge a ring before another one is rung. */
const patienceMs = 50;
/** How long it may take before one more runner is worth its start. */
const startPatienceMs = 250;
/** For so long there may be no room for a ring before it is, too. */
const fullPatienceMs = 1_000;
/** Rings that wait; those beyond are dropped, since the timer finds them again in the store. */
const queueMax = 5_000;
/** After this time the store is believed more than what a seat is thought to be doing. */
const stalenessMs = 1_000;

/** A runner, as the bell sees it. */
export interface Seat {
  /** Sends a ring; the answer is `taken`. */
  ring(runId: string): void;
}

/** A run that was given away. */
interface Work {
  readonly since: number;
  readonly seats: Set<Seat>;
}

interface Place {
  readonly seat: Seat;
  /** Runs that it was given. */
  readonly runs: Set<string>;
  /** Rings that it has not acknowledged yet, and when they were sent. */
  readonly unanswered: Map<string, number>;
  /** Runs that no longer count for its room. */
  readonly free: Set<string>;
  heardAt: number;
  retired: boolean;
}

/** What a bell needs. */
export interface BellDeps {
  readonly clock: Clock;
  /** Runs that a runner works on at a time. */
  readonly capacity: number;
  /** One more runner would be of use: for a while there has been no room for a ring, or nobody has acknowledged it. */
  readonly short?: () => void;
}

/** Hands rings to seats. */
export class Bell implements Doorbell {
  readonly #deps: BellDeps;
  readonly #queue = new Set<string>();
  readonly #work = new Map<string, Work>();
  readonly #places = new Map<Seat, Place>();
  #sweeping = false;
  /** Since when there is no room for the first ring of the queue. */
  #fullSince: number | undefined;

  constructor(deps: BellDeps) {
    this.#deps = deps;
  }

  /** Something happened to this run. One that a seat works on is rung there, any other wherever there is room. */
  ring(runId: string): void {
    const work = this.#work.get(runId);
    if (work !== undefined) {
      for (const seat of work.seats) seat.ring(runId);
      return;
    }
    if (this.#queue.size >= queueMax) return;
    this.#queue.add(runId);
    this.#fill();
  }

  /** The timer's ring: the store says that nobody holds this run. A run that was given away just now is let be. */
  remind(runId: string): void {
    const work = this.#work.get(runId);
    if (work === undefined || this.#deps.clock.now() - work.since >= stalenessMs) this.ring(runId);
  }

  /** How many rings wait; undefined when no more fit in. */
  queued(): number | undefined {
    return this.#queue.size < queueMax ? this.#queue.size : undefined;
  }

  /** Does this bell have the run, in the queue or with a seat? */
  has(runId: string): boolean {
    return this.#queue.has(runId) || this.#work.has(runId);
  }

  /** The runs that a seat was given and has acknowledged, and since when. */
  at(seat: Seat): { readonly runId: string; readonly since: number }[] {
    const place = this.#places.get(seat);
    const taken = [...(place?.runs ?? [])].filter((runId) => !place?.unanswered.has(runId));
    return taken.map((runId) => ({ runId, since: this.#work.get(runId)?.since ?? this.#deps.clock.now() }));
  }

  /** Was this seat given anything that is not over? */
  isBusy(seat: Seat): boolean {
    const place = this.#places.get(seat);
    return place !== undefined && place.runs.size + place.unanswered.size > 0;
  }

  /** How many runs wait, or are worked on. */
  load(): number {
    return this.#queue.size + this.#work.size;
  }

  /** A runner is ready. */
  seat(seat: Seat): void {
    const heardAt = this.#deps.clock.now();
    const empty = { runs: new Set<string>(), unanswered: new Map<string, number>(), free: new Set<string>() };
    this.#places.set(seat, { seat, ...empty, heardAt, retired: false });
    this.#fill();
  }

  /** A runner gets no new runs; those that it works on stay with it. */
  retire(seat: Seat): void {
    const place = this.#places.get(seat);
    if (place !== undefined) place.retired = true;
  }

  /** A runner is gone. Gives the runs that were nobody else's. */
  unseat(seat: Seat): string[] {
    const place = this.#places.get(seat);
    if (place === undefined) return [];
    this.#places.delete(seat);
    for (const runId of place.runs) this.#leave(seat, runId);
    return [...place.runs].filter((runId) => !this.has(runId));
  }

  /** A seat has acknowledged a ring: it works on the run now. */
  taken(seat: Seat, runId: string): void {
    const place = this.#hear(seat, runId);
    // It may have been given up as too slow, and have begun after all: then rings for the run go there, too.
    if (place !== undefined && !place.runs.has(runId)) this.#give(place, runId);
  }

  /** A seat has ended a pass. */
  ended(seat: Seat, runId: string): void {
    const place = this.#hear(seat, runId);
    place?.runs.delete(runId);
    place?.free.delete(runId);
    this.#leave(seat, runId);
    this.#fill();
  }

  /** This run does not count for the room of whoever works on it, or does again. */
  makeRoomBeside(runId: string, isFree = true): void {
    for (const seat of this.#work.get(runId)?.seats ?? []) {
      const free = this.#places.get(seat)?.free;
      if (isFree) free?.add(runId);
      else free?.delete(runId);
    }
    this.#fill();
  }

  #hear(seat: Seat, runId: string): Place | undefined {
    const place = this.#places.get(seat);
    place?.unanswered.delete(runId);
    if (place !== undefined) place.heardAt = this.#deps.clock.now();
    return place;
  }

  #give(place: Place, runId: string): void {
    place.runs.add(runId);
    const work = this.#work.get(runId) ?? { since: this.#deps.clock.now(), seats: new Set() };
    work.seats.add(place.seat);
    this.#work.set(runId, work);
  }

  #leave(seat: Seat, runId: string): void {
    const work = this.#work.get(runId);
    work?.seats.delete(seat);
    if (work?.seats.size === 0) this.#work.delete(runId);
  }

  /** The place with most room among those that answer; one that owes an answer for too long is passed over. */
  #roomiest(except?: ReadonlySet<Seat>): Place | undefined {
    let best: Place | undefined;
    let most = 0;
    for (const place of this.#places.values()) {
      if (place.retired || except?.has(place.seat) || this.#isSlow(place)) continue;
      const room = this.#deps.capacity - (place.runs.size - place.free.size);
      if (room > most) [best, most] = [place, room];
    }
    return best;
  }

  #isSlow({ unanswered, heardAt }: Place, ms = patienceMs): boolean {
    const [oldest] = unanswered.values();
    return oldest !== undefined && this.#deps.clock.now() - Math.max(oldest, heardAt) >= ms;
  }

  #fill(): void {
    for (const runId of this.#queue) {
      const place = this.#roomiest();
      if (place === undefined) return this.#noRoom();
      this.#queue.delete(runId);
      this.#send(place, runId);
    }
    this.#fullSince = undefined;
  }

  /** Many runs are short: room that comes within moments is no reason to start a runner. */
  #noRoom(): void {
    const now = this.#deps.clock.now();
    this.#fullSince ??= now;
    if (now - this.#fullSince >= fullPatienceMs) this.#deps.short?.();
    else this.#sweepLater();
  }

  #send(place: Place, runId: string): void {
    this.#give(place, runId);
    place.unanswered.set(runId, this.#deps.clock.now());
    place.seat.ring(runId);
    this.#sweepLater();
  }

  #sweepLater(): void {
    if (this.#sweeping) return;
    this.#sweeping = true;
    this.#deps.clock.after(patienceMs, () => {
      this.#sweeping = false;
      this.#sweep();
    });
  }

  /** Rings that were not acknowledged in time go to somebody else as well. */
  #sweep(): void {
    let owed = false;
    for (const place of this.#places.values()) {
      if (place.unanswered.size > 0) owed = true;
      if (!this.#isSlow(place)) continue;
      if (this.#isSlow(place, startPatienceMs)) this.#deps.short?.();
      for (const runId of place.unanswered.keys()) this.#passOn(place, runId);
    }
    this.#fill();
    if (owed) this.#sweepLater();
  }

  #passOn(slow: Place, runId: string): void {
    const other = slow.runs.has(runId) ? this.#roomiest(this.#work.get(runId)?.seats) : undefined;
    if (other === undefined) return;
    // What it owes stays in `unanswered`: that is what tells that it is slow.
    slow.runs.delete(runId);
    this.#leave(slow.seat, runId);
    this.#send(other, runId);
  }
}
