/**
 * What a scenario says, and what its script works with.
 */
import type { Outside } from "./outside.ts";
import type { PlayedCode } from "./surroundings.ts";
import type { CallsWorld, WorldOptions } from "./world.ts";

/** What a task does, what is done to its run, and what must come of it. */
export interface Scenario {
  readonly title: string;
  /** The body of the task's `run`. */
  readonly run: string;
  /** That of a second task, `child`. */
  readonly child?: string;
  /** What stands in the file before the tasks: queues. */
  readonly before?: string;
  /** Further members of the second task. */
  readonly childTask?: string;
  /** Further members of the task. */
  readonly task?: string;
  readonly payload?: unknown;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly isWebhook?: boolean;
  /** Its caller gives an idempotency key. */
  readonly hasKey?: boolean;
  /** SQS loses every ring but the timer's. */
  readonly losesRings?: boolean;
  readonly world?: WorldOptions;
  /** The task starts by itself, at two times: at an even minute to come, and a minute later. Ticks come at this second. */
  readonly ticksAt?: number;
  /** Starts the run and does more to it; by default it is started. */
  readonly script?: (world: CallsWorld, play: Play) => Promise<void>;
  /** How the run ends; COMPLETED if it is not given. */
  readonly status?: string;
  readonly output?: unknown;
  /** How every run ends, where there is more than one: task, status and output. */
  readonly ends?: readonly string[];
  /** Runs that end so are not looked at: whether there are any is a matter of when something went wrong. */
  readonly mayEnd?: string;
  /** How many may be inside a place at once. */
  readonly limits?: Readonly<Record<string, number>>;
  /** How much later than usual a run may end, by what a call that goes wrong costs. */
  readonly lateMs?: number;
  /** Letters that lie in the queue of dead letters in the end, at least. */
  readonly letters?: number;
}

/** What a script works with. */
export interface Play {
  readonly scenario: Scenario;
  readonly outside: Outside;
  /** Names the run's request, so that one that is sent again finds what it has made. */
  readonly name: string;
  /** The times of a task that starts by itself. */
  readonly times: readonly number[];
  /** The code, as another version that starts the task at these times; at none, if they are not given. */
  version(version: string, times?: readonly number[]): PlayedCode;
  request(method: string, path: string, body?: unknown): Parameters<CallsWorld["ask"]>[0];
}
