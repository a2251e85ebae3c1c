/**
 * A pass that has ended, as spans: one for each try, for the pass, and, once the run has ended, for its frames and itself.
 *
 *     run ─┬─ frame ─┬─ try            a child's run hangs below the try that started it, in the same trace
 *          │         └─ try
 *          ├─ pass 1
 *          └─ pass 2 ┄┄ link ┄┄> pass 1
 *
 * Owns:      which spans a pass tells of, and what is said of each.
 * Never:     a value, a payload or an error's message: authors put data into those.
 * Invariant: what one pass has told of, no other tells of; the ids of parents need nobody to have told of them.
 */
import { isFinished, type Run } from "../../engine/run.ts";
import type { SiteNames } from "../deps.ts";
import type { Outline, SeenPass } from "../seen-pass.ts";
import { counting, type Log, runTries, type TriedFrame, type Try } from "./run-tries.ts";
import { frameSpan, passSpan, runSpan, type Span, traceOf, trySpan } from "./span.ts";

/** Characters of a name. */
const nameChars = 128;
const short = (text: string): string => text.slice(0, nameChars);

/** What all spans of a run say. */
const about = ({ id, task }: Run) => ({ "holdfast.run.id": id, "holdfast.task": task });

/** Ids of what may be around a try or a frame. */
class Parents {
  readonly #runId: string;
  readonly #calls: ReadonlyMap<string, Try>;

  constructor(runId: string, tries: readonly Try[]) {
    this.#runId = runId;
    this.#calls = new Map(tries.filter(({ isLast }) => isLast).map((each) => [each.key, each]));
  }

  /** A path is that of a frame, or the key of a library's call, which is a try. */
  span(path: string | null, resumes: number): string {
    if (path === null) return runSpan(this.#runId, resumes);
    const call = this.#calls.get(path);
    if (call === undefined) return frameSpan(this.#runId, path, resumes);
    return trySpan(this.#runId, call.key, call.gen, call.nth);
  }
}

function ofTry(run: Run, each: Try, parents: Parents): Span {
  const { number, key, gen, nth, sort, name, file, line, epoch, failed, from, to } = each;
  return {
    trace: traceOf(run),
    id: trySpan(run.id, key, gen, nth),
    parent: parents.span(each.parent, each.resumes),
    name: short(name),
    from,
    to,
    failed: failed === undefined ? undefined : short(failed),
    attributes: {
      ...about(run),
      "holdfast.kind": sort,
      "holdfast.number": number,
      "holdfast.try": nth,
      "holdfast.pass": epoch,
      ...(gen === 0 ? {} : { "holdfast.rejections": gen }),
      ...(file === null ? {} : { "code.file.path": short(file) }),
      ...(line === null ? {} : { "code.line.number": line }),
    },
  };
}

/** A frame is told of once the run has ended: nobody writes down when it does. */
function ofFrames(run: Run, frames: readonly TriedFrame[], tries: readonly Try[], parents: Parents): Span[] {
  const inside = new Map<string, { from: number; to: number }>();
  const around = new Map(frames.map(({ path, parent }) => [path, parent]));
  const widen = (path: string | null | undefined, from: number, to: number): void => {
    for (let at = path; at !== null && at !== undefined; at = around.get(at)) {
      const known = inside.get(at) ?? { from, to };
      inside.set(at, { from: Math.min(known.from, from), to: Math.max(known.to, to) });
    }
  };
  const now = tries.filter(({ resumes }) => resumes === run.resumes);
  for (const { parent, from, to } of now) widen(parent, from, to);
  return frames.flatMap(({ path, parent, name }) => {
    const extent = inside.get(path);
    if (extent === undefined) return [];
    const id = frameSpan(run.id, path, run.resumes);
    const attributes = { ...about(run), "holdfast.kind": "frame" };
    const up = parents.span(parent, run.resumes);
    return [{ trace: traceOf(run), id, parent: up, name: short(name), ...extent, attributes }];
  });
}

/** The end of a run that nobody worked on any more belongs to the pass that tells others of it. */
function ofRun(run: Run, begin: number): Span {
  const { parent, startedBy, status, resumes } = run;
  const starter = startedBy === undefined ? undefined : runSpan(startedBy, 0);
  return {
    trace: traceOf(run),
    id: runSpan(run.id, resumes),
    parent: parent === undefined ? starter : trySpan(parent.runId, parent.key, 0, 1),
    name: short(run.task),
    from: begin,
    to: run.finishedAt ?? run.updatedAt,
    failed: status === "COMPLETED" ? undefined : status,
    attributes: { ...about(run), "holdfast.kind": "run", "holdfast.status": status },
    link: resumes === 0 ? undefined : runSpan(run.id, resumes - 1),
  };
}

type Event = NonNullable<Span["events"]>[number];

function eventOf(record: Outline): Event | undefined {
  const { kind, t: at } = record;
  if (kind === "attempt") return { name: kind, at, attributes: { "error.type": short(record.error.name) } };
  if (kind === "cancel") return { name: kind, at, attributes: { "holdfast.reason": record.reason } };
  return kind === "resume" ? { name: kind, at, attributes: {} } : undefined;
}

/** What happened to the run as a whole in a pass. */
const eventsOf = (log: Log, epoch: number): Event[] =>
  log.flatMap(([, record]) => (record.epoch === epoch ? (eventOf(record) ?? []) : []));

/** All that a pass has to tell. `names`: of call sites. */
export function spansOf(pass: SeenPass, names: SiteNames): Span[] {
  const { claimed, last: run, records, firstNew, outcome } = pass;
  const log = counting(records);
  const resumed = log.findLast(([, { kind }]) => kind === "resume")?.[1].t;
  const started = run.startedAt ?? run.createdAt;
  const { tries, frames } = runTries(log, names, started);
  const parents = new Parents(run.id, tries);
  const told = tries.filter(({ number }) => number >= firstNew).map((each) => ofTry(run, each, parents));
  const isOver = isFinished(run.status) && (claimed !== undefined || run.status === "CRASHED");
  const ended = isOver ? [...ofFrames(run, frames, tries, parents), ofRun(run, resumed ?? started)] : [];
  if (claimed === undefined) return [...told, ...ended];
  const { epoch } = claimed;
  const work: Span = {
    trace: traceOf(run),
    id: passSpan(run.id, epoch),
    parent: runSpan(run.id, run.resumes),
    name: `pass ${epoch}`,
    from: pass.claimedAt,
    to: pass.endedAt,
    attributes: {
      ...about(run),
      "holdfast.kind": "pass",
      "holdfast.pass": epoch,
      "holdfast.outcome": outcome,
    },
    events: eventsOf(log, epoch),
    link: epoch === 1 ? undefined : passSpan(run.id, epoch - 1),
  };
  return [...told, work, ...ended];
}
