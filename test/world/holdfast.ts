/**
 * A real Holdfast: the command line as a child process, spoken to over HTTP as any caller would.
 *
 * Never: imports Holdfast's own code. What cannot be reached from outside is not used here.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Webhook } from "standardwebhooks";
import { cli, freePort } from "./place.ts";
import { gone, killTree, runnersOf } from "./processes.ts";

/** How to start it. */
export interface Setup {
  /** The project's folder: what `holdfast` is started in. */
  readonly project: string;
  /** The tasks' folder, relative to the project. */
  readonly tasks: string;
  readonly data: string;
  readonly command?: "dev" | "serve";
  readonly env?: Readonly<Record<string, string>>;
  readonly port?: number;
  /** Further options. */
  readonly args?: readonly string[];
  /** The command line to start; the clone's own when absent. */
  readonly cli?: string;
}

/** A run as the API shows it. */
export interface RunView {
  readonly id: string;
  readonly status: string;
  readonly output?: unknown;
  readonly error?: { readonly name?: string; readonly message: string };
  readonly [field: string]: unknown;
}

/** A row of a run's tree as the API shows it. */
export interface CheckpointView {
  readonly id: string;
  readonly parent?: string | null;
  readonly name: string;
  readonly status: string;
  readonly [field: string]: unknown;
}

/** A running Holdfast. */
export interface Holdfast {
  readonly url: string;
  readonly pid: number;
  /** What it has printed so far. */
  output(): string;
  request(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
  trigger(task: string, payload: unknown, options?: Readonly<Record<string, unknown>>): Promise<string>;
  /** Sends a signed webhook; gives the run's id, and throws when it is refused. */
  webhook(task: string, body: unknown, deliveryId: string, secret?: string): Promise<string>;
  run(id: string, waitSeconds?: number): Promise<RunView>;
  /** The run when it has ended. */
  finished(id: string, patienceMs?: number): Promise<RunView>;
  checkpoints(id: string): Promise<readonly CheckpointView[]>;
  runners(): Promise<number[]>;
  /** SIGKILL for the whole tree. */
  killTree(): Promise<void>;
  /** SIGKILL for the supervisor alone. */
  killSupervisor(): Promise<void>;
  /** Asks it to stop, and waits. */
  stop(): Promise<void>;
}

/** The keys that every Holdfast of the tests is given. */
export const secretKey = "tr_dev_0123456789abcdef01234567";
export const webhookSecret = whsec("a test's own secret, 32 bytes ok");
/** What a forger would sign with. */
export const forgedSecret = whsec("what a forger would sign with ..");

function whsec(text: string): string {
  return `whsec_${Buffer.from(text).toString("base64")}`;
}

/** Runs the command line to its end. */
export async function command(
  project: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly output: string }> {
  const child = spawn(process.execPath, [cli, ...args], { cwd: project, env: environment(env) });
  const output = gather(child);
  const [code] = await once(child, "close");
  return { code: Number(code), output: output() };
}

/** Starts Holdfast and waits until it serves. */
export async function startHoldfast(setup: Setup): Promise<Holdfast> {
  const port = setup.port ?? (await freePort());
  const args = [
    setup.command ?? "dev",
    "--dir",
    setup.tasks,
    "--port",
    String(port),
    "--data",
    setup.data,
    ...(setup.args ?? []),
  ];
  const options = { cwd: setup.project, env: environment(setup.env) };
  const child = spawn(process.execPath, [setup.cli ?? cli, ...args], options);
  const output = gather(child);
  const exited = once(child, "close");
  await ready(child, output);
  const url = `http://127.0.0.1:${port}`;
  const { pid } = child;
  if (pid === undefined) throw new Error("The process was not started.");
  return {
    ...callerOf(url),
    url,
    pid,
    output,
    runners: () => runnersOf(pid),
    killTree: async () => {
      await killTree(pid);
      await exited;
    },
    killSupervisor: async () => {
      child.kill("SIGKILL");
      await gone([pid]);
    },
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

function environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const own = { HOLDFAST_SECRET_KEY: secretKey, HOLDFAST_WEBHOOK_SECRET: webhookSecret };
  return { ...process.env, NO_COLOR: "1", ...own, ...more };
}

function gather(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8");
    stream?.on("data", (chunk: string) => {
      text += chunk;
    });
  }
  return () => text;
}

function ready(child: ChildProcess, output: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (/^(?:ready |\{"ready":")http/m.test(output())) resolve();
    };
    child.stdout?.on("data", look);
    child.once("error", reject);
    child.once("close", (code) => reject(new Error(`holdfast ended with ${code}:\n${output()}`)));
  });
}

/** The HTTP calls, for a Holdfast that runs at `url`. */
export function callerOf(url: string) {
  const request = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${secretKey}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as unknown };
  };
  const demand = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await request(method, path, body);
    if (answer.status >= 300)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body as T;
  };
  const run = (id: string, waitSeconds = 0): Promise<RunView> =>
    demand("GET", `/api/v3/runs/${id}${waitSeconds > 0 ? `?wait=${waitSeconds}` : ""}`);
  return {
    request,
    run,
    trigger: async (task: string, payload: unknown, options: Readonly<Record<string, unknown>> = {}) =>
      (await demand<{ id: string }>("POST", `/api/v1/tasks/${task}/trigger`, { payload, options })).id,
    webhook: (task: string, body: unknown, deliveryId: string, secret = webhookSecret) =>
      sendWebhook(url, task, body, deliveryId, secret),
    finished: (id: string, patienceMs = 120_000) => finished(run, id, patienceMs),
    checkpoints: (id: string) => allCheckpoints(demand, id),
  };
}

const ended = new Set([
  "COMPLETED",
  "CANCELED",
  "FAILED",
  "CRASHED",
  "SYSTEM_FAILURE",
  "EXPIRED",
  "TIMED_OUT",
]);

async function finished(run: (id: string, wait: number) => Promise<RunView>, id: string, patienceMs: number) {
  const until = Date.now() + patienceMs;
  for (;;) {
    // API Gateway answers so for a function that took too long, and every caller of it asks again.
    const away = (error: Error): undefined => {
      if (!error.message.includes(": 503 ") || Date.now() > until) throw error;
    };
    const seconds = Math.min(25, Math.max(1, Math.ceil((until - Date.now()) / 1000)));
    const view = await run(id, seconds).catch(away);
    if (view !== undefined && ended.has(view.status)) return view;
    if (Date.now() > until) throw new Error(`Run ${id} is still ${view?.status} after ${patienceMs} ms.`);
  }
}

interface Page {
  readonly data: readonly CheckpointView[];
  readonly pagination?: { readonly next?: string | number };
}

async function allCheckpoints(
  demand: <T>(method: string, path: string) => Promise<T>,
  id: string,
): Promise<readonly CheckpointView[]> {
  const rows: CheckpointView[] = [];
  let after = "";
  do {
    const page = await demand<Page>("GET", `/api/v1/runs/${id}/checkpoints${after}`);
    rows.push(...page.data);
    const next = page.pagination?.next;
    after = next === undefined ? "" : `?after=${encodeURIComponent(next)}`;
  } while (after !== "");
  return rows;
}

async function sendWebhook(
  url: string,
  task: string,
  body: unknown,
  deliveryId: string,
  secret: string,
): Promise<string> {
  const text = JSON.stringify(body);
  const at = new Date();
  const signature = new Webhook(secret).sign(deliveryId, at, text);
  const response = await fetch(`${url}/hooks/${task}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "webhook-id": deliveryId,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": signature,
    },
    body: text,
  });
  const answer = (await response.json()) as { id?: string };
  if (response.status !== 202 || answer.id === undefined)
    throw new Error(`The webhook was answered with ${response.status}: ${JSON.stringify(answer)}`);
  return answer.id;
}
