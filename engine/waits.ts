/**
 * What a run waits for without a process: times, and the ends of children.
 *
 * Owns:      the asks that are settled from outside a try.
 * Invariant: a wait's due time is the run's clock at the call plus its duration, so it comes out again on replay.
 */
import type { Ask } from "./ask.ts";
import { encode } from "./codec.ts";
import { tellParent } from "./ending.ts";
import { hashText } from "./fingerprint.ts";
import type { Frame } from "./frame.ts";
import { know } from "./promises.ts";
import type { Place } from "./record.ts";
import { isDeadLetter, isFinished } from "./run.ts";
import { resumeRun, type StartRequest, startRun } from "./start.ts";

/** Timers of JavaScript run no longer than this. */
const longestTimerMs = 2_147_483_647;

/** Waits until `due`, Unix milliseconds. */
export function askWait(frame: Frame, key: string, place: Place, due: number): Promise<unknown> {
  const { execution } = frame;
  const { ports, writer } = execution.context;
  const settle = (ask: Ask): void => {
    if (execution.stopped || ask.settled) return;
    const rest = due - ports.clock.now();
    if (rest > 0) {
      ports.clock.after(Math.min(rest, longestTimerMs), () => settle(ask));
      return;
    }
    if (!execution.waiting.delete(key)) return;
    writer
      .write({
        kind: "result",
        ok: true,
        sort: "wait",
        value: { inline: encode(undefined).text },
        key,
        gen: ask.gen,
        place,
      })
      .then(() => execution.kick());
  };
  const start = (ask: Ask): void => {
    execution.waiting.set(key, due);
    settle(ask);
  };
  return know(execution.ask(frame, key, { sort: "wait", start, place }));
}

/** What a child is started with; the rest follows from the parent. */
export type ChildRequest = Omit<StartRequest, "id" | "source" | "parent" | "codeVersion">;

/** Starts a child run and waits for its end. */
export function askChild(frame: Frame, key: string, place: Place, request: ChildRequest): Promise<unknown> {
  const { execution } = frame;
  const { context, journal } = execution;
  const { run, ports } = context;
  const childId = `run_${hashText(`${run.id} ${key}`, 24)}`;
  const start = (ask: Ask): void => {
    execution.waiting.set(key, Number.POSITIVE_INFINITY);
    if (ask.gen === 0 && journal.hasChild(key)) return;
    execution.running++;
    begin(ask).then(
      () => {
        execution.running--;
        execution.kick();
      },
      (error: unknown) => context.fail(error),
    );
  };
  const begin = async (ask: Ask): Promise<void> => {
    const started = await startRun(ports, {
      ...request,
      id: childId,
      source: "parent",
      codeVersion: run.codeVersion,
      parent: { run, key, waits: true },
    });
    if (started.id !== childId) await adopt(ask, started.id);
    else if (ask.gen > 0) await takeUp(ask);
  };
  /** A resumed parent takes its failed child up again. */
  const takeUp = async (ask: Ask): Promise<void> => {
    const child = await ports.store.read(childId);
    if (child === undefined || !isFinished(child.status)) return;
    if (isDeadLetter(child.status) && child.resumes < ask.gen)
      await resumeRun(ports, childId, run.codeVersion);
    else await tellParent(ports, { ...child, wakeAt: 0, resumes: ask.gen });
  };
  /** The idempotency key names a run that is there already, of whoever's: its end is asked for, not sent. */
  const adopt = async (ask: Ask, runId: string): Promise<void> => {
    const look = async (): Promise<void> => {
      if (execution.stopped || ask.settled) return;
      const found = await ports.store.read(runId);
      if (found === undefined || !isFinished(found.status)) {
        ports.clock.after(1_000, () => void look().catch(context.fail));
        return;
      }
      await tellParent(
        ports,
        { ...found, parent: { runId: run.id, key }, wakeAt: 0, resumes: ask.gen },
        false,
      );
    };
    await look();
  };
  return know(execution.ask(frame, key, { sort: "child", start, place, childId }));
}
