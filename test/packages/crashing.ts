/**
 * Tasks that import packages from npm, run as they are deployed (bundled, each pass with modules of its own), and ended
 * before and after each write to the journal and each request that the outside world sees.
 *
 * Owns:      the processes that passes run in, and the count of places where one can die.
 * Invariant: what dies leaves nothing behind: its process is gone before the next one begins. (Threads would do, but for
 *            Node's aborting the whole process now and then when one is terminated beside calls of its own.)
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { decode } from "../../engine/codec.ts";
import { memorySpill } from "../../engine/memory-ports.ts";
import { memoryStore } from "../../engine/memory-store.ts";
import type { Ports } from "../../engine/ports.ts";
import { isFinished, type Run } from "../../engine/run.ts";
import { startRun } from "../../engine/start.ts";
import { realClock } from "../../functions/clock.ts";
import { bundle } from "../../transform/bundle.ts";
import { root } from "../world/place.ts";
import type { Answer, Asked, Told } from "./pass-worker.ts";

/** The folder of packages: their tests are skipped where they are not installed. */
export const here = join(root, "test", "packages");

/** Where a pass dies: at the `at`-th write or request, before or after it is done. */
export interface Crash {
  readonly at: number;
  readonly when: "before" | "after";
}

/** The world outside of a run. */
export interface Outside {
  /** Puts it back to how it was at the start, and hears of each request before it is done. */
  begin(boundary: Boundary): Promise<void>;
  /** How often each effect was made. */
  effects(): Promise<Readonly<Record<string, number>>>;
  /** What the task's code finds in `process.env`. */
  readonly env: Readonly<Record<string, string>>;
}

/** Does `work`, unless the pass dies there. */
export type Boundary = <T>(work: () => Promise<T> | T) => Promise<T>;

/** How one run went. */
export interface Ran {
  readonly run: Run;
  readonly output: unknown;
  readonly boundaries: number;
  readonly passes: number;
  readonly lines: readonly string[];
  readonly journal: readonly string[];
  readonly effects: Readonly<Record<string, number>>;
  /** It died behind a write to the journal or the head, not at a request. */
  readonly diedAtWrite: boolean;
  /** Effects whose receipt was in the journal when the pass died, and that were made again after it. */
  readonly repeated: readonly string[];
}

const worker = join(root, "dist", "test", "packages", "pass-worker.js");
const writes = new Set(["write", "append", "send", "create", "put"]);
/** How a stub or a table marks what it gives back for an effect: the journal holds it once that is recorded. */
const receipt = /rcpt:([\w-]+)/g;
const never = new Promise<never>(() => {});

/** Bundles a folder of tasks; gives the file to load. */
export async function build(folder: string): Promise<string> {
  const outDir = join(here, ".holdfast", folder);
  const dir = join(here, "tasks", folder);
  const made = await bundle({ dir, projectRoot: here, packageRoot: root, outDir, write: true });
  if (!made.ok) throw new Error(JSON.stringify(made.problems, null, 1));
  return pathToFileURL(join(outDir, "bundle.mjs")).href;
}

/** Kills a process; resolves once it is gone. */
async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

/** One run, its store, and the process that works on it. */
class Running {
  readonly #store = memoryStore();
  readonly #spill = memorySpill();
  readonly #crash: Crash | undefined;
  readonly #outside: Outside;
  readonly #bundle: string;
  #process: { readonly child: ChildProcess; readonly died: () => void } | undefined;
  #before: { readonly effects: Readonly<Record<string, number>>; readonly journal: string } | undefined;
  #dying: Promise<unknown> | undefined;
  boundaries = 0;
  passes = 0;
  #diedAtWrite = false;
  readonly lines: string[] = [];

  constructor(file: string, outside: Outside, crash: Crash | undefined) {
    this.#bundle = file;
    this.#outside = outside;
    this.#crash = crash;
  }

  get #ports(): Ports {
    const chance = { id: (prefix: string) => `${prefix}${crypto.randomUUID()}`, fraction: Math.random };
    return { store: this.#store, spill: this.#spill, doorbell: { ring: () => {} }, clock: realClock, chance };
  }

  /** Counts the place, and dies there if it is the one. */
  async #boundary<T>(work: () => Promise<T> | T, isWrite: boolean): Promise<T> {
    const strikes = ++this.boundaries === this.#crash?.at;
    if (strikes) this.#diedAtWrite = isWrite;
    if (strikes && this.#crash?.when === "before") return this.#die();
    const done = await work();
    return strikes ? this.#die() : done;
  }

  async #die(): Promise<never> {
    const process = this.#process;
    this.#dying =
      process &&
      killed(process.child).then(async () => {
        // What was under way to the outside world arrives, as it does when a process is killed.
        await new Promise((resolve) => setTimeout(resolve, 20));
        this.#before = {
          effects: await this.#outside.effects(),
          journal: (await this.journal(this.#id)).join("\n"),
        };
        await this.#store.releaseOwner(`p${this.passes}`, Date.now());
        process.died();
      });
    return never;
  }

  #id = "";

  async work(task: string, payload: unknown): Promise<Run> {
    await this.#outside.begin((work) => this.#boundary(work, false));
    const started = await startRun(this.#ports, { task, payload, codeVersion: "v1", source: "api" });
    this.#id = started.id;
    for (;;) {
      const run = await this.#store.read(started.id);
      if (run === undefined) throw new Error("The run is gone.");
      if (isFinished(run.status)) return run;
      const rest = (run.status === "WAITING" ? (run.wakeAt ?? 0) : 0) - Date.now();
      if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
      await this.#pass(started.id);
    }
  }

  /** One pass, until it has ended or died. */
  async #pass(runId: string): Promise<void> {
    const env = { ...process.env, ...this.#outside.env };
    const child = fork(worker, [this.#bundle, runId, `p${++this.passes}`], {
      env,
      silent: true,
      serialization: "advanced",
    });
    child.stdout?.on("data", (text) => this.lines.push(String(text)));
    child.stderr?.on("data", (text) => this.lines.push(String(text)));
    await new Promise<void>((resolve, reject) => {
      this.#process = { child, died: resolve };
      child.on("message", (message: Asked | Told) => {
        if ("line" in message) this.lines.push(message.line);
        else if ("outcome" in message) resolve();
        else void this.#answer(child, message);
      });
      child.on("error", reject);
      child.on("exit", () => this.#dying ?? reject(new Error(`The process ended: ${this.lines.join("\n")}`)));
    });
    await killed(child);
  }

  async #answer(child: ChildProcess, { id, port, method, args }: Asked): Promise<void> {
    const owner = port === "store" ? this.#store : this.#spill;
    const call = () => Reflect.apply(Reflect.get(owner, method) as () => unknown, owner, args);
    const done = (
      writes.has(method) ? this.#boundary(() => call(), true) : Promise.resolve(call())
    ) as Promise<unknown>;
    const answer = await done.then(
      (value): Answer => ({ id, value }),
      (error: unknown): Answer => ({ id, error }),
    );
    if (child.connected) child.send(answer, () => {});
  }

  async journal(runId: string): Promise<string[]> {
    const entries: string[] = [];
    for (let more = true; more; ) {
      const page = await this.#store.journal(runId, entries.length);
      entries.push(...page.entries.map(({ data }) => data));
      more = page.more;
    }
    return entries;
  }

  async ended(run: Run): Promise<Ran> {
    const effects = await this.#outside.effects();
    const { boundaries, passes, lines } = this;
    const journal = await this.journal(run.id);
    const before = this.#before;
    const recorded = new Set([...(before?.journal ?? "").matchAll(receipt)].map(([, label]) => label));
    const repeated = Object.keys(effects).filter(
      (label) => recorded.has(label) && effects[label] !== before?.effects[label],
    );
    const output =
      run.output === undefined
        ? undefined
        : decode("inline" in run.output ? run.output.inline : await this.#spill.get(run.output.ref));
    const diedAtWrite = this.#diedAtWrite;
    return { run, output, boundaries, passes, lines, journal, effects, diedAtWrite, repeated };
  }
}

/** Runs a task once, and lets one pass die if that is wanted. */
export async function runOnce(
  file: string,
  outside: Outside,
  task: string,
  payload: unknown,
  crash?: Crash,
): Promise<Ran> {
  const running = new Running(file, outside, crash);
  return running.ended(await running.work(task, payload));
}
