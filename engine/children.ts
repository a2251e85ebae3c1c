/**
 * Child runs: how a run starts them, and how it hears of the ends that it waits for, those of other runs too.
 *
 * Owns:      the ids of children, and what becomes of one whose idempotency key names a run that is there already.
 * Never:     reads an end from anywhere but the inbox.
 * Invariant: H1 a child's id follows from its parent and its key: however often it is begun, it is one run.
 *            H2 an ask for a child is settled by an inbox item, whoever's run it waits for, so that no end is missed.
 */
import type { Ask } from "./ask.ts";
import { encode } from "./codec.ts";
import { tellWaiter } from "./ending.ts";
import { isOwnError } from "./errors.ts";
import { fingerprint, hashText } from "./fingerprint.ts";
import type { Frame } from "./frame.ts";
import type { Gate } from "./gate.ts";
import { givesUp } from "./giving-up.ts";
import { askedOf, watchItem } from "./inbox.ts";
import { payloadHash, type Started, type StartRequest } from "./new-run.ts";
import type { Ports } from "./ports.ts";
import { know } from "./promises.ts";
import { sendQuietly } from "./quiet-send.ts";
import type { Place } from "./record.ts";
import { isDeadLetter, isFinished, type Run } from "./run.ts";
import { resumeRun, startRun } from "./starting.ts";
import { takeOver } from "./taking-over.ts";
import { readToken } from "./tokens.ts";
import { transactionsOf } from "./transactions.ts";

/** How often a run of somebody else's is looked at, whatever it has been told to tell; tokens stay open for long. */
const lookAgainMs = { child: 600_000, token: 86_400_000 } as const;

/** What a child is started with; the rest follows from the parent. */
export type ChildRequest = Omit<StartRequest, "id" | "source" | "parent" | "codeVersion"> & {
  /** Its parent's by default; of one that nobody waits for. */
  readonly codeVersion?: string;
};

/** The id of the run that a call starts; `gen`: how often the author's code has rejected what it gave. */
export function childIdOf(runId: string, key: string, gen = 0): string {
  return `run_${hashText(gen === 0 ? `${runId} ${key}` : `${runId} ${key} ${gen}`, 24)}`;
}

/** Starts a child that nobody waits for. Made again after an interruption, it finds the run that is there. */
export function startChild(
  ports: Ports,
  run: Run,
  key: string,
  gen: number,
  request: ChildRequest,
): Promise<Started> {
  const id = childIdOf(run.id, key, gen);
  return startRun(ports, {
    codeVersion: run.codeVersion,
    ...request,
    id,
    source: "parent",
    parent: { run, key, waits: false },
  });
}

/** What the run waits for: a child, or a token that is there already. */
interface EndAsk {
  readonly key: string;
  readonly place: Place;
}

/** What is asked of a token. */
interface TokenAsk extends EndAsk {
  readonly tokenId: string;
}

/** What is asked of a run that is there already, whoever has started it. */
interface OtherAsk extends EndAsk {
  readonly runId: string;
}

/** What is asked of a child that the run waits for. */
export interface ChildAsk extends EndAsk {
  readonly request: ChildRequest;
  /** Children of one batch are begun a few at a time. */
  readonly gate?: Gate;
  /** Ends the await, with an AbortError, and the child, too, if it `cancels`. */
  readonly abort?: { readonly signal: AbortSignal; readonly cancels: boolean } | undefined;
  /** What came with the start: was the run there already, and with another payload? */
  readonly started?: (started: Started) => void;
}

/** Starts a child run and waits for its end: gives a `TaskRunResult`. */
export function askChild(frame: Frame, asked: ChildAsk): Promise<unknown> {
  const { key, place, request } = asked;
  transactionsOf(frame.execution).refuseWait(frame, place);
  const childId = childIdOf(frame.execution.context.run.id, key);
  const start = (ask: Ask): void => new Child(ask, asked, childId).start();
  const batch = request.batchId === undefined ? {} : { batch: request.batchId };
  const inputs = () => fingerprint([request.task, request.payload]);
  return know(
    frame.execution.ask(frame, key, {
      sort: "child",
      start,
      place,
      fingerprint: inputs,
      isMovable: true,
      childIds: [childId],
      ...batch,
    }),
  );
}

/** Waits for a token's end: gives a `TaskRunResult`. An unknown token is an error (HF208). */
export function askToken(frame: Frame, asked: TokenAsk): Promise<unknown> {
  const { key, place, tokenId } = asked;
  const start = (ask: Ask): void => new Child(ask, asked, tokenId).start();
  return know(frame.execution.ask(frame, key, { sort: "token", start, place }));
}

/** Waits for the end of a run of whoever's: gives a `TaskRunResult`. */
export function askEnd(frame: Frame, asked: OtherAsk): Promise<unknown> {
  const { key, place, runId } = asked;
  transactionsOf(frame.execution).refuseWait(frame, place);
  const start = (ask: Ask): void => new Child(ask, asked, runId).start();
  return know(frame.execution.ask(frame, key, { sort: "child", start, place }));
}

class Child {
  readonly #ask: Ask;
  readonly #asked: ChildAsk | TokenAsk | OtherAsk;
  readonly #childId: string;
  #begun: Promise<void> | undefined;

  constructor(ask: Ask, asked: ChildAsk | TokenAsk | OtherAsk, childId: string) {
    this.#ask = ask;
    this.#asked = asked;
    this.#childId = childId;
  }

  get #execution() {
    return this.#ask.frame.execution;
  }

  get #context() {
    return this.#execution.context;
  }

  get #isOver(): boolean {
    return this.#execution.stopped || this.#ask.settled;
  }

  start(): void {
    const { journal, waiting } = this.#execution;
    const { key, gen, taken } = this.#ask;
    if (taken !== undefined && "request" in this.#asked) {
      const { place, request } = this.#asked;
      return takeOver(this.#ask, taken, { sort: "child", place, args: [request.task, request.payload] });
    }
    if (this.#isGivenUp()) return;
    waiting.set(key, Number.POSITIVE_INFINITY);
    const other = journal.otherRun(key);
    if (other !== undefined) this.#counted(() => this.#look(other));
    else if (gen > 0 || !journal.hasChild(key))
      this.#counted(() => {
        this.#begun = this.#begin();
        return this.#begun;
      });
  }

  #isGivenUp(): boolean {
    const abort = "request" in this.#asked ? this.#asked.abort : undefined;
    if (abort === undefined) return false;
    const cancel = async (): Promise<void> => {
      // It may be in the making.
      await this.#begun;
      await this.#context.cancelChild(this.#childId);
    };
    return givesUp(this.#ask, { signal: abort.signal, cancel: abort.cancels ? cancel : undefined });
  }

  /** The pass is not quiet meanwhile. */
  #counted(work: () => Promise<void>): void {
    this.#execution.running++;
    work().then(
      () => {
        this.#execution.running--;
        this.#execution.kick();
      },
      (error: unknown) => this.#failed(error),
    );
  }

  /** What no other try can mend, such as a payload that cannot be recorded, is the author's to catch. */
  #failed(error: unknown): void {
    if (!isOwnError(error) || error.retryable) return this.#context.fail(error);
    this.#execution.running--;
    if (this.#isOver) return;
    const { key, gen } = this.#ask;
    const { place } = this.#asked;
    const value = { inline: encode(error).text };
    this.#context.writer
      .write({ kind: "result", ok: false, sort: this.#ask.options.sort, key, gen, place, value })
      .then(() => this.#execution.kick());
  }

  async #begin(): Promise<void> {
    const { run, ports } = this.#context;
    if ("tokenId" in this.#asked) return this.#adopt(await readToken(ports, this.#asked.tokenId));
    if ("runId" in this.#asked) {
      const { runId } = this.#asked;
      return this.#adopt((await ports.store.read(runId)) ?? gone(runId));
    }
    const { gate, request, started: tell } = this.#asked;
    const { key, gen } = this.#ask;
    const former = await this.#former(request);
    if (former !== undefined) return this.#adopt(former);
    const begin = async (): Promise<Started | undefined> =>
      this.#isOver || !this.#context.holds()
        ? undefined
        : startRun(ports, {
            ...request,
            id: this.#childId,
            source: "parent",
            codeVersion: run.codeVersion,
            parent: { run, key, waits: true, ...askedOf(this.#ask.options) },
          });
    const started = await (gate === undefined ? begin() : gate.through(begin));
    if (started === undefined) return;
    tell?.(started);
    if (started.id !== this.#childId) await this.#adopt(started.run);
    else if (gen > 0) await this.#takeUp(started.run);
    if (this.#execution.canceled !== undefined) await this.#context.cancelChild(this.#childId);
  }

  /** The same child, started by the code of before at another place. */
  #former({ task, payload }: ChildRequest): Promise<Run | undefined> {
    const { run, ports } = this.#context;
    const { journal, moved } = this.#execution;
    return moved.child(async (key) => {
      const child = await ports.store.read(journal.otherRun(key) ?? childIdOf(run.id, key));
      return child?.task === task && child.payloadHash === payloadHash(payload) ? child : undefined;
    });
  }

  /** A resumed parent takes its failed child up again. */
  async #takeUp(child: Run): Promise<void> {
    const { run, ports } = this.#context;
    if (!isFinished(child.status)) return;
    if (isDeadLetter(child.status) && child.resumes < this.#ask.gen)
      await resumeRun(ports, child.id, run.codeVersion);
    else await this.#tellOf(child);
  }

  /** The idempotency key names a run that is there already, of whoever's: it is asked to tell of its end, too. */
  async #adopt(other: Run): Promise<void> {
    this.#ask.otherRun = other.id;
    if (isFinished(other.status)) return this.#tellOf(other);
    const { run, ports } = this.#context;
    const { key, gen } = this.#ask;
    const isOpen = ({ status }: Run): boolean => !isFinished(status);
    await sendQuietly(
      ports,
      other.id,
      watchItem({ runId: run.id, key, gen, ...askedOf(this.#ask.options) }),
      isOpen,
    );
    await this.#look(other.id);
  }

  /** Has it ended? If not, it will tell; and should that get lost, it is looked at again after a while. */
  async #look(runId: string): Promise<void> {
    const { ports } = this.#context;
    if (this.#isOver) return;
    const found = await ports.store.read(runId);
    if (this.#isOver) return;
    if (found === undefined || isFinished(found.status)) return this.#tellOf(found ?? gone(runId));
    const { key } = this.#ask;
    const afterMs = lookAgainMs["tokenId" in this.#asked ? "token" : "child"];
    this.#execution.waiting.set(key, ports.clock.now() + afterMs);
    ports.clock.after(afterMs, () => {
      if (!this.#isOver) this.#counted(() => this.#look(runId));
    });
  }

  /** Puts an end that is known already into this run's own inbox. */
  #tellOf(ended: Run): Promise<void> {
    const { run, ports } = this.#context;
    const { key, gen } = this.#ask;
    return tellWaiter(ports, ended, { runId: run.id, key, gen, ...askedOf(this.#ask.options) });
  }
}

/** What a run is to those who wait for it when nothing of it is left. */
function gone(runId: string): Run {
  const error = { name: "Error", message: `Run ${runId} is not there any more.` };
  return { id: runId, task: "", status: "SYSTEM_FAILURE", error } as Run;
}
