/**
 * What became of the deliveries of webhooks, for people who ask why nothing has started.
 *
 * A note says when, where, how it ended, and which runs it started. On one machine it is kept beside the lines of runs; in AWS it
 * is a line of the api's log, and CloudWatch finds it.
 *
 * Never:     holds anything that a sender chose (body, headers, ids), but the name of an address that does not exist, cut short.
 * Invariant: notes are not the truth about a run, and delay no answer: a delivery whose note is lost has started its runs.
 */
import type { Context } from "hono";
import { HoldfastError } from "../engine/errors.ts";
import type { DeliveredRun } from "./delivery.ts";
import type { HttpDeps } from "./deps.ts";
import { whatHappened } from "./problem.ts";

/**
 * How a delivery ended: `accepted`: it has started a run or ended a waiter; `repeated`: it had come before, and found the runs of the
 * first; `filtered`: no filter let it pass, and nobody waited for it; `greeting`: its sender only asked whether somebody is there;
 * `refused`: it was not let in, or could not be taken.
 */
export const deliveryOutcomes = ["accepted", "repeated", "filtered", "greeting", "refused"] as const;

/** One of them. */
type DeliveryOutcome = (typeof deliveryOutcomes)[number];

/** What became of a delivery that was let in. */
export interface Taken {
  readonly outcome: Exclude<DeliveryOutcome, "refused">;
  readonly runs: readonly DeliveredRun[];
  /** How many waiters it has ended. */
  readonly waiters: number;
}

/** What is noted. */
export interface DeliveryNote extends Omit<Taken, "outcome"> {
  readonly outcome: DeliveryOutcome;
  /** Unix milliseconds. */
  readonly at: number;
  /** The id in its address; of one that nobody has, the first 100 characters. */
  readonly endpoint: string;
  /** Is there such an address? */
  readonly isKnown: boolean;
  /** Of one that was refused. */
  readonly why?: { readonly code: string; readonly message: string };
}

/** A note, and its place among all. */
export interface KeptDelivery extends DeliveryNote {
  /** 1, 2, 3 …; the newest has the highest. */
  readonly number: number;
}

/** Which ones to list, newest first. */
export interface DeliveryQuery {
  readonly endpoint?: string;
  readonly outcome?: DeliveryOutcome;
  /** Numbers below this one. */
  readonly before?: number;
  readonly limit: number;
}

/** Where deliveries are noted. Never throws out of `note`. */
export interface DeliveryNotes {
  note(delivery: DeliveryNote): void;
  page(query: DeliveryQuery): { readonly deliveries: readonly KeptDelivery[]; readonly more: boolean };
}

/** Some notes; with `next` the search has not come to its end, also where it has found none yet. */
interface DeliveriesFound {
  readonly deliveries: readonly DeliveryNote[];
  readonly next?: string;
}

/** Where they are lines of a log, which is searched. */
export interface DeliveryLog {
  note(delivery: DeliveryNote): void;
  /** The log group in CloudWatch. */
  readonly group: string;
  /** @throws NotSearched, FormError HF207 for an `after` that nobody has given, or too long ago */
  search(query: Omit<DeliveryQuery, "before"> & { readonly after?: string }): Promise<DeliveriesFound>;
}

/** The message of such a line. */
export const deliveryMessage = "A webhook was delivered";

const longestName = 100;
const unknown = "Something inside Holdfast failed; the server's log says more.";

/** The outcome of a delivery that has found these runs and ended so many waiters. */
export function takenBy(runs: readonly DeliveredRun[], waiters: number): Taken {
  const isNew = waiters > 0 || runs.some(({ isCached }) => !isCached);
  const outcome = isNew ? "accepted" : runs.length > 0 ? "repeated" : "filtered";
  return { outcome, runs, waiters };
}

/** Nothing but an answer was wanted. */
export const greeted: Taken = { outcome: "greeting", runs: [], waiters: 0 };

const reasonOf = (error: unknown): NonNullable<DeliveryNote["why"]> =>
  error instanceof HoldfastError
    ? { code: error.code, message: whatHappened(error) }
    : { code: "HF212", message: unknown };

/** Answers a delivery, and notes what became of it. */
export async function noted(
  c: Context,
  deps: HttpDeps,
  deliver: () => Promise<{ readonly answer: Response; readonly taken: Taken }>,
): Promise<Response> {
  const id = c.req.param("taskId") ?? "";
  const isKnown = deps.code.webhook?.(id) !== undefined || deps.code.tasks().some((task) => task.id === id);
  const endpoint = isKnown ? id : id.slice(0, longestName);
  const note = (became: Pick<DeliveryNote, "outcome" | "runs" | "waiters" | "why">): void =>
    deps.deliveries.note({ at: deps.ports.clock.now(), endpoint, isKnown, ...became });
  try {
    const { answer, taken } = await deliver();
    note(taken);
    return answer;
  } catch (error) {
    note({ outcome: "refused", runs: [], waiters: 0, why: reasonOf(error) });
    throw error;
  }
}
