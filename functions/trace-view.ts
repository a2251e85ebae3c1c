/**
 * A run's tree in the forms of Trigger.dev's trace and events: each checkpoint and frame is a span below that of the run.
 */
import { isFinished, type Run } from "../engine/run.ts";
import type { TreeEntry } from "../sdk/tree-entry.ts";

/** A span: `data` as Trigger.dev's clients read it. */
export interface TraceSpan {
  readonly id: string;
  readonly parentId?: string;
  readonly runId: string;
  readonly data: {
    readonly message: string;
    readonly taskSlug: string;
    readonly startTime: string;
    /** Milliseconds. */
    readonly duration: number;
    readonly isError: boolean;
    readonly isPartial: boolean;
    readonly isCancelled: boolean;
    readonly level: "TRACE";
    readonly events: readonly object[];
    readonly queueName?: string;
    readonly workerVersion: string;
    readonly properties: Readonly<Record<string, unknown>>;
  };
  readonly children: readonly TraceSpan[];
}

type Spanned = Exclude<TreeEntry, { readonly kind: "event" }>;

/** When it began and ended, as far as that is known. */
function timesOf(entry: Spanned, within: readonly TraceSpan[], begun: string): [string, number, boolean] {
  const own = entry.kind === "checkpoint" ? entry : { startedAt: null, finishedAt: null };
  const startTime = own.startedAt ?? within[0]?.data.startTime ?? begun;
  const ends = within.map(({ data }) => Date.parse(data.startTime) + data.duration);
  const end = own.finishedAt === null ? Math.max(Date.parse(startTime), ...ends) : Date.parse(own.finishedAt);
  const isPartial = own.finishedAt === null && entry.kind === "checkpoint" && entry.status !== "HANDLE";
  return [startTime, end - Date.parse(startTime), isPartial];
}

/** The trace: the run's span, with those of its tree below it. */
export function traceOf(run: Run, tree: readonly TreeEntry[]): { traceId: string; rootSpan: TraceSpan } {
  const below = new Map<string | null, Spanned[]>();
  for (const entry of tree)
    if (entry.kind !== "event") below.set(entry.parent, [...(below.get(entry.parent) ?? []), entry]);
  const begun = new Date(run.startedAt ?? run.createdAt).toISOString();
  const common = {
    taskSlug: run.task,
    isCancelled: false,
    level: "TRACE",
    workerVersion: run.codeVersion,
  } as const;
  const spansOf = (parent: string | null, parentId: string): TraceSpan[] =>
    (below.get(parent) ?? []).map((entry) => {
      const children = spansOf(entry.id, entry.id);
      const [startTime, duration, isPartial] = timesOf(entry, children, begun);
      const { name, file, line } = entry;
      const sort = entry.kind === "frame" ? "frame" : entry.sort;
      const properties = { file, line, sort };
      const isError = entry.kind === "checkpoint" && entry.status === "FAILED";
      const events =
        entry.kind === "frame"
          ? []
          : entry.tries.map(({ at, error }) => ({ name: "exception", time: at, error }));
      const data = { message: name, startTime, duration, isError, isPartial, events, properties, ...common };
      return { id: entry.id, parentId, runId: run.id, data, children };
    });
  const isOver = isFinished(run.status);
  const end = run.finishedAt ?? run.updatedAt;
  const happened = tree.filter((entry) => entry.kind === "event");
  const events = happened.map(({ event, at, error }) => ({ name: event, time: at, ...(error && { error }) }));
  const rootSpan: TraceSpan = {
    id: run.id,
    runId: run.id,
    data: {
      ...common,
      message: run.task,
      startTime: begun,
      duration: Math.max(0, end - Date.parse(begun)),
      isError: isOver && run.status !== "COMPLETED" && run.status !== "CANCELED",
      isPartial: !isOver,
      isCancelled: run.status === "CANCELED",
      events,
      ...(run.queue === undefined ? {} : { queueName: run.queue }),
      properties: { status: run.status },
    },
    children: spansOf(null, run.id),
  };
  return { traceId: run.root ?? run.id, rootSpan };
}

/** The same spans in one list, each before those below it. */
export function eventsOf({ rootSpan }: { readonly rootSpan: TraceSpan }): object[] {
  const flat = ({ id, parentId, runId, data, children }: TraceSpan): object[] => [
    { spanId: id, ...(parentId === undefined ? {} : { parentId }), runId, ...data },
    ...children.flatMap(flat),
  ];
  return flat(rootSpan);
}

/** One span alone, with the id of the one around it. */
export function spanOf({ rootSpan }: { readonly rootSpan: TraceSpan }, spanId: string): object | undefined {
  const found = (span: TraceSpan): TraceSpan | undefined =>
    span.id === spanId ? span : span.children.map(found).find((each) => each !== undefined);
  const span = found(rootSpan);
  if (span === undefined) return undefined;
  const { id, parentId = null, runId, data } = span;
  const { message, isError, isPartial, isCancelled, level, startTime, duration, properties, events } = data;
  const flags = { isError, isPartial, isCancelled };
  return {
    spanId: id,
    parentId,
    runId,
    message,
    ...flags,
    level,
    startTime,
    durationMs: duration,
    properties,
    events,
  };
}
