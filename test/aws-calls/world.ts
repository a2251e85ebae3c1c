/**
 * Runs on played processes: rings are handed over when they are due, the timer ticks, callers ask until they are
 * answered, and time goes on only when nothing else can.
 *
 * Owns:      what Lambda, SQS's clock and EventBridge do. A ring whose invocation died or failed is not seen again within
 *            an hour: whatever goes on does so by the timer.
 * Invariant: the same run makes the same calls in the same number each time.
 */
import { isFinished, type Run } from "../../engine/run.ts";
import type { DispatchEvent } from "../../functions/dispatch.ts";
import type { HttpEvent } from "../../functions/http.ts";
import type { PlayedClock } from "./clock.ts";
import { PlayedFunctions } from "./functions.ts";
import type { PlayedProcess } from "./process.ts";
import type { Stage, Taken } from "./stage.ts";
import type { PlayedCode } from "./surroundings.ts";

const tickMs = 60_000;
/** What a gateway's caller waits before it asks again. */
const againMs = 1_000;
/** Turns without anything new before time may go on. */
const idleTurns = 8;
const hourMs = 3_600_000;

/** How a world differs from the usual. */
export interface WorldOptions {
  readonly tries?: "as deployed" | "once";
  /** Every ring comes so much later. */
  readonly lateMs?: number;
  /** Every ring comes three times: twice at once, and again some seconds later. */
  readonly triplesRings?: boolean;
  /** Every other tick is left out, and those that come come twice. */
  readonly unsteadyTicks?: boolean;
  /** Clocks of processes are so much ahead and behind, in turn. */
  readonly skewMs?: number;
  /** A run that has not come to its end after so long is stuck. Default: an hour. */
  readonly patienceMs?: number;
  /** Asked before each call of a dispatcher: is it frozen here, and for how long? */
  readonly freezesFor?: () => number | undefined;
}

interface Watcher {
  readonly isMet: () => Promise<boolean>;
  readonly met: () => void;
}

/** One play: fresh processes on a stage that many plays share. */
export class CallsWorld {
  readonly clock: PlayedClock;
  readonly log: string[] = [];
  /** Runs that were made, children too. */
  readonly runIds: string[] = [];
  readonly #options: WorldOptions;
  readonly #functions: PlayedFunctions;
  readonly #observer: PlayedProcess;
  #rings: { readonly due: number; readonly body: string }[] = [];
  #watchers: Watcher[] = [];
  #made = 0;
  #moved: () => void = () => {};
  #broken: unknown;

  constructor(
    stage: Stage,
    clock: PlayedClock,
    random: () => number,
    code: PlayedCode,
    options: WorldOptions,
  ) {
    this.clock = clock;
    this.#options = options;
    this.#functions = new PlayedFunctions({
      ...{ stage, clock, random, code, options },
      stores: (runId) => {
        if (!this.runIds.includes(runId)) this.runIds.push(runId);
      },
      moved: () => this.#moved(),
      print: (line) => void this.log.push(line),
    });
    stage.onRing = (ring) => this.#took(ring);
    stage.onInvoke = (version, event) => this.#invoked(version, event);
    this.#observer = this.#functions.make("Observer");
  }

  /** From now on there is other code; what is under way and runs that began before stay with theirs. */
  deploy(code: PlayedCode): void {
    this.#functions.deploy(code);
  }

  /** Takes a version away. */
  remove(version: string): void {
    this.#functions.remove(version);
  }

  /** The head of a run, by somebody whose calls nothing happens to. */
  head(runId: string): Promise<Run | undefined> {
    return this.#observer.store.read(runId);
  }

  /** The heads of all runs that came to be. */
  async heads(): Promise<Run[]> {
    const heads = await Promise.all(this.runIds.map((id) => this.head(id)));
    return heads.filter((run) => run !== undefined);
  }

  /** The journal of a run, as texts. */
  async journal(runId: string): Promise<string[]> {
    const texts: string[] = [];
    for (let after = 0, more = true; more; ) {
      const page = await this.#observer.store.journal(runId, after);
      texts.push(...page.entries.map(({ data }) => data));
      after = page.entries.at(-1)?.number ?? after;
      ({ more } = page);
    }
    return texts;
  }

  /** A caller's request, asked again until it is answered. */
  async ask(request: Pick<HttpEvent, "rawPath" | "headers" | "body"> & { readonly method: string }) {
    const { method, ...rest } = request;
    const domainName = "abc.execute-api.eu-central-1.amazonaws.com";
    const event: HttpEvent = {
      version: "2.0",
      rawQueryString: "",
      requestContext: { domainName, http: { method } },
      isBase64Encoded: false,
      ...rest,
    };
    for (;;) {
      const result = await this.#functions.use("Api", (api) => api.answer(event));
      if (result !== "killed" && result.statusCode < 500)
        return {
          status: result.statusCode,
          body: JSON.parse(result.body ?? "null") as { readonly id: string },
        };
      await this.sleep(againMs);
    }
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.clock.after(ms, resolve));
  }

  /** Resolves as soon as nothing moves and this is so. */
  until(isMet: () => Promise<boolean>): Promise<void> {
    return new Promise((met) => void this.#watchers.push({ isMet, met }));
  }

  /** Until every run has ended and has nobody left to tell. */
  allEnded(): Promise<void> {
    return this.until(async () =>
      (await this.heads()).every(({ status, wakeAt }) => isFinished(status) && wakeAt === undefined),
    );
  }

  /** Lets everything go on until `play` has ended and nothing is under way. */
  async drive<T>(play: Promise<T>): Promise<T> {
    let hasEnded = false;
    play.then(
      () => (hasEnded = true),
      (error) => (this.#broken ??= error),
    );
    const limit = this.clock.now() + (this.#options.patienceMs ?? hourMs);
    this.#tickAfter();
    for (;;) {
      await this.#untilIdle();
      if (hasEnded && this.#functions.open === 0) return play;
      if (await this.#meet()) continue;
      if (this.clock.now() > limit || !this.clock.advance()) throw new Error("Nothing comes to an end here.");
    }
  }

  /** Lets everything happen that can happen at this time. */
  async #untilIdle(): Promise<void> {
    for (let idle = 0; idle < idleTurns; ) {
      if (this.#broken !== undefined) throw this.#broken;
      const before = this.clock.activity;
      this.#deliver();
      await this.#step();
      idle = this.clock.activity === before && this.#functions.calls === 0 ? idle + 1 : 0;
    }
  }

  /** Ends every process. */
  close(): void {
    this.#functions.close();
    this.clock.clear();
  }

  #took({ body, delayMs }: Taken): void {
    const { lateMs = 0, triplesRings = false } = this.#options;
    for (const moreMs of triplesRings ? [0, 0, 7_000] : [0]) {
      this.#rings.push({ due: this.clock.now() + delayMs + lateMs + moreMs, body });
      this.clock.after(delayMs + lateMs + moreMs, () => {});
    }
  }

  #deliver(): void {
    const now = this.clock.now();
    const due = this.#rings.filter((ring) => ring.due <= now);
    if (due.length === 0) return;
    this.#rings = this.#rings.filter((ring) => ring.due > now);
    for (const { body } of due) this.#dispatch({ Records: [{ messageId: `m${++this.#made}`, body }] });
    this.clock.activity++;
  }

  /** What a version of the dispatcher is invoked with, asynchronously. */
  #invoked(version: string, event: string): boolean {
    if (!this.#functions.has(version)) return false;
    this.#dispatch(JSON.parse(event) as DispatchEvent, version);
    return true;
  }

  #dispatch(event: DispatchEvent, version?: string): void {
    this.#functions
      .use("Dispatcher", (each) => each.dispatch(event), version)
      .catch((error) => {
        // It is not seen again within an hour, as a message whose invocation fails: the timer makes up for it.
        this.log.push(`an invocation failed: ${error}`);
      });
  }

  #tickAfter(count = 1): void {
    this.clock.after(tickMs, () => {
      this.#tickAfter(count + 1);
      const times = this.#options.unsteadyTicks ? (count % 2) * 2 : 1;
      for (let each = 0; each < times; each++) {
        // A tick that fails is the next one's to make up for, as in EventBridge.
        this.#functions
          .use("Timer", (timer) => timer.tick())
          .catch((error) => void this.log.push(`a tick failed: ${error}`));
      }
    });
  }

  /** Every dispatcher that is at work. */
  get dispatchers(): readonly PlayedProcess[] {
    return this.#functions.dispatchers;
  }

  /** While calls are under way there is nothing to do but wait for one of them. */
  async #step(): Promise<void> {
    if (this.#functions.calls > 0) await new Promise<void>((resolve) => (this.#moved = resolve));
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }

  async #meet(): Promise<boolean> {
    for (const watcher of this.#watchers) {
      if (!(await watcher.isMet())) continue;
      this.#watchers = this.#watchers.filter((each) => each !== watcher);
      watcher.met();
      return true;
    }
    return false;
  }
}
