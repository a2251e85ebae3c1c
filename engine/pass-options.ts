/**
 * What a pass is told, and how it can end.
 */
import type { Queues } from "./head-write.ts";
import type { LogLevel } from "./pass-context.ts";
import type { Run } from "./run.ts";
import type { LineAt } from "./run-logs.ts";
import type { LoadedSecrets } from "./secret-pin.ts";
import type { TaskCode } from "./task-code.ts";

export interface PassOptions {
  readonly runId: string;
  /** Who works: a process incarnation (one machine) or an invocation (AWS). */
  readonly owner: string;
  /** The lease by the clock; absent where a lease is its process's life. */
  readonly leaseMs?: number | undefined;
  /** After this long no new unit begins, and the pass ends as soon as nothing is in flight. */
  readonly leaveAfterMs?: number | undefined;
  /** How long a pass waits for a child's end before it suspends. */
  readonly lingerMs?: number | undefined;
  /** Told each time that there is nothing to do: does the pass only sleep? It takes up nothing but memory then. */
  readonly rests?: ((isResting: boolean) => void) | undefined;
  /** Queues of tasks, for runs that were not put into one themselves. */
  readonly queues?: Queues | undefined;
  /** The version of the project's secrets that this code was loaded with. */
  readonly secrets?: LoadedSecrets | undefined;
  /** The last record of a run may go with the run's end, in one write (`last-record.ts`). False by default. */
  readonly joinsLast?: boolean | undefined;
  readonly findTask: (id: string) => TaskCode | undefined;
  /** A line of the author's. */
  readonly print?: ((run: Run, level: LogLevel, parts: readonly unknown[], at: LineAt) => void) | undefined;
}

export interface PassEnd {
  readonly outcome: "busy" | "unknown" | "finished" | "suspended" | "yielded" | "superseded" | "otherVersion";
  readonly runId: string;
}
