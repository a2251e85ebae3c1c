/**
 * The figures of passes as CloudWatch metrics, by its embedded metric format: the line that says that a pass has ended is the
 * metrics as well. So they cost no line and no call of their own.
 *
 * Owns:      names and dimensions. docs/observability.md has them as a table. Names tell what is counted (`RunSeconds`): a unit for each
 *            would be an eighth of the line.
 * Invariant: the only dimensions are the project and, where asked for, the task; beyond `mostTasks` tasks it is "other". A
 *            figure that is not there is no metric: what does not happen is not paid for.
 */
import type { RunStatus } from "../engine/run.ts";
import { figuresOf, type PassFigures } from "./figures.ts";
import type { SeenPass } from "./seen-pass.ts";

/** Under which name metrics are kept. */
export interface MetricSettings {
  /** `Holdfast/<stack>`. */
  readonly namespace: string;
  /** The construct's id: a stack may hold several. */
  readonly project: string;
  /** Also for each task. */
  readonly perTask: boolean;
}

/** Tasks that have metrics of their own. Each costs up to $3 a month. */
export const mostTasks = 50;
/** CloudWatch takes no more values of a metric in a line. */
const mostValues = 100;

/** Which count a run's end goes into. */
const endedAs: Readonly<Partial<Record<RunStatus, string>>> = {
  COMPLETED: "RunsCompleted",
  FAILED: "RunsFailed",
  CRASHED: "RunsFailed",
  TIMED_OUT: "RunsFailed",
  SYSTEM_FAILURE: "RunsFailed",
  CANCELED: "RunsCanceled",
  EXPIRED: "RunsCanceled",
};

type Figure = readonly [name: string, value: number | readonly number[]];

const seconds = (ms: number): number => ms / 1_000;

function figureList(figures: PassFigures): Figure[] {
  const { queuedMs, lateMs, ended, triesMs, failedTries, failedAttempts } = figures;
  const name = ended && endedAs[ended.status];
  const counts = { FailedTries: failedTries, FailedAttempts: failedAttempts };
  return [
    ...(queuedMs === undefined
      ? []
      : ([
          ["RunsStarted", 1],
          ["QueuedSeconds", seconds(queuedMs)],
        ] as const)),
    ...(lateMs === undefined ? [] : ([["WakeLateSeconds", seconds(lateMs)]] as const)),
    ...(ended === undefined || name === undefined
      ? []
      : ([
          [name, 1],
          ["RunSeconds", seconds(ended.runMs)],
        ] as const)),
    ...(triesMs.length === 0 ? [] : ([["TrySeconds", triesMs.slice(0, mostValues).map(seconds)]] as const)),
    ...Object.entries(counts).flatMap(([each, count]) => (count === 0 ? [] : [[each, count] as const])),
  ];
}

/** A run whose passes have died has no figures of a pass of its own: only that it has failed. */
function crashOf({ claimed, last }: SeenPass): Figure[] {
  return claimed === undefined && last.status === "CRASHED" ? [["RunsFailed", 1]] : [];
}

/** The fields to put into a pass's line. `tasks`: all of this code; the first of them, by id, have metrics of their own. */
export function passMetrics({ namespace, project, perTask }: MetricSettings, tasks: readonly string[]) {
  const own = new Set(tasks.toSorted().slice(0, mostTasks));
  return (pass: SeenPass): Readonly<Record<string, unknown>> => {
    const figures = figuresOf(pass);
    const list = figures === undefined ? crashOf(pass) : figureList(figures);
    if (list.length === 0) return {};
    const task = own.has(pass.last.task) ? pass.last.task : "other";
    const directive = {
      Namespace: namespace,
      Dimensions: [["Project"], ...(perTask ? [["Project", "Task"]] : [])],
      Metrics: list.map(([Name]) => ({ Name })),
    };
    return {
      _aws: { Timestamp: pass.endedAt, CloudWatchMetrics: [directive] },
      Project: project,
      ...(perTask ? { Task: task } : {}),
      ...Object.fromEntries(list),
    };
  };
}
