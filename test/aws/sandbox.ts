/**
 * One execution environment: a child process with the function's environment, for one event at a time.
 *
 * Owns:      the process: frozen (SIGSTOP) when idle, thawed before the next event, killed at its time-out, at its
 *            memory limit, or when told to.
 * Invariant: a process whose start failed, and one that was cut off, is never used again.
 */
import type { ChildProcess } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type { FromFunction, InvocationError, Invoked, ToFunction } from "./invocation.ts";
import { compiled, spawnBound } from "./offspring.ts";
import { secretKey } from "./presigned.ts";

/** What a process is started with. */
export interface SandboxPlan {
  /** Environment of the function, AWS's own variables but the key included. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly arn: string;
  /** Makes the process known by its access key; the returned function forgets it. */
  know(accessKey: string, kill: () => void): () => void;
  /** A line that it printed to its stream of the log. */
  print(stream: string, line: string): void;
}

const memoryLookMs = 50;
const pageBytes = 4_096;
/** AWS gives a start ten seconds; a busy machine of two cores needs more now and then. */
const initLimitMs = 30_000;

/** An execution environment. */
export class Sandbox {
  readonly #plan: SandboxPlan;
  readonly #child: ChildProcess;
  readonly #forget: () => void;
  readonly #started: Promise<void>;
  #settle: ((end: Invoked) => void) | undefined;
  #reason: InvocationError | undefined;
  #gone = false;
  /** Its stream of the log. */
  readonly #stream = randomUUID().replaceAll("-", "");
  busy = false;

  constructor(plan: SandboxPlan) {
    this.#plan = plan;
    const accessKey = `ASIA${randomBytes(8).toString("hex").toUpperCase()}`;
    const keys = {
      AWS_ACCESS_KEY_ID: accessKey,
      AWS_SECRET_ACCESS_KEY: secretKey,
      AWS_SESSION_TOKEN: "bench",
    };
    const env = { ...plan.environment, ...keys, AWS_LAMBDA_LOG_STREAM_NAME: this.#stream };
    this.#child = spawnBound(process.execPath, [compiled("loader.js")], {
      env,
      cwd: plan.environment.LAMBDA_TASK_ROOT,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#forget = plan.know(accessKey, () => this.kill());
    this.#child.once("exit", (code, signal) => this.#ended(code, signal));
    this.#listen();
    this.#started = this.#start();
    this.#started.catch(() => undefined);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get gone(): boolean {
    return this.#gone;
  }

  /** Works on one event. Never rejects: a death is an error, as Lambda reports it. */
  async invoke(event: string): Promise<Invoked> {
    this.busy = true;
    try {
      await this.#started;
    } catch (error) {
      this.kill();
      return { ok: false, error: error as InvocationError };
    }
    this.#signal("SIGCONT");
    const { timeoutMs, arn } = this.#plan;
    const requestId = randomUUID();
    const message: ToFunction = { requestId, event, deadline: Date.now() + timeoutMs, arn };
    const limit = setTimeout(() => {
      this.#die({
        errorType: "Sandbox.Timedout",
        errorMessage: `RequestId: ${requestId} Error: Task timed out after ${(timeoutMs / 1_000).toFixed(2)} seconds`,
      });
    }, timeoutMs);
    const memory = setInterval(() => this.#weigh(requestId), memoryLookMs);
    const end = await this.#exchange(message, requestId);
    clearTimeout(limit);
    clearInterval(memory);
    if (!this.#gone) this.#signal("SIGSTOP");
    this.busy = false;
    return end;
  }

  /** SIGKILL: what it was doing is cut off. */
  kill(): void {
    this.#gone = true;
    this.#signal("SIGKILL");
  }

  #exchange(message: ToFunction, requestId: string): Promise<Invoked> {
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#reason ??= {
        errorType: "Runtime.ExitError",
        errorMessage: `RequestId: ${requestId} Error: Runtime exited`,
      };
      if (this.#gone) return this.#finish({ ok: false, error: this.#reason });
      this.#child.send(message, (error) => {
        if (error !== null) this.kill();
      });
    });
  }

  #finish(end: Invoked): void {
    this.#settle?.(end);
    this.#settle = undefined;
    this.#reason = undefined;
  }

  #die(reason: InvocationError): void {
    this.#reason = reason;
    this.kill();
  }

  #ended(code: number | null, signal: string | null): void {
    this.#gone = true;
    this.#forget();
    const why = signal === null ? `exit status ${code}` : `signal: ${signal}`;
    const error = this.#reason ?? { errorType: "Runtime.ExitError", errorMessage: "Runtime exited" };
    const isExit = error.errorType === "Runtime.ExitError";
    const errorMessage = isExit ? `${error.errorMessage} with error: ${why}` : error.errorMessage;
    this.#finish({ ok: false, error: { ...error, errorMessage } });
  }

  #start(): Promise<void> {
    return new Promise((resolve, reject) => {
      const failed = (errorMessage: string): InvocationError => ({
        errorType: "Runtime.InitError",
        errorMessage,
      });
      const limit = setTimeout(() => {
        reject(failed(`The function did not start within ${initLimitMs} ms.`));
        this.kill();
      }, initLimitMs);
      const done = (error?: InvocationError): void => {
        clearTimeout(limit);
        if (error === undefined) resolve();
        else reject(error);
      };
      this.#child.once("exit", (code) =>
        done(failed(`Runtime exited during its start with status ${code}.`)),
      );
      this.#child.once("error", (error) => done(failed(error.message)));
      this.#child.once("message", (message: FromFunction) =>
        done(message.kind === "initFailed" ? message.error : undefined),
      );
    });
  }

  #listen(): void {
    this.#child.on("message", (message: FromFunction) => {
      if (message.kind === "done") this.#finish({ ok: true, result: message.result });
      if (message.kind === "failed") this.#finish({ ok: false, error: message.error });
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      let rest = "";
      stream?.setEncoding("utf8");
      stream?.on("data", (chunk: string) => {
        const lines = `${rest}${chunk}`.split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) this.#plan.print(this.#stream, line);
      });
    }
  }

  #weigh(requestId: string): void {
    const bytes = residentBytes(this.pid);
    if (bytes === undefined || bytes <= this.#plan.memoryMb * 1024 * 1024) return;
    this.#die({
      errorType: "Runtime.OutOfMemory",
      errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: signal: killed`,
    });
  }

  #signal(signal: NodeJS.Signals): void {
    // The number of a process that has ended may be another's.
    const { pid, exitCode, signalCode } = this.#child;
    if (pid !== undefined && exitCode === null && signalCode === null) this.#child.kill(signal);
  }
}

/** Where there is no /proc, memory is not watched. */
function residentBytes(pid: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * pageBytes;
  } catch {
    return undefined;
  }
}
