/**
 * What can be seen of a deployment from outside: is it there, does it let in whom it should, does a run come to its end.
 *
 * Owns:      the checks of `holdfast smoke`, in their order.
 * Never:     sends the key where it could be read on the way.
 */
import { randomUUID } from "node:crypto";
import type { ApiClient } from "../sdk/client.ts";

/** What is looked at. */
export interface Deployment {
  readonly url: URL;
  readonly client: ApiClient;
  /** A task that may be run, and its payload; without one no run is started. */
  readonly task?: string | undefined;
  readonly payload?: unknown;
  /** How long the run may take, in milliseconds. */
  readonly limitMs: number;
}

/** One check: `look` gives what was seen, or throws an error that says what is wrong. */
export interface Check {
  readonly name: string;
  readonly look: () => Promise<string>;
}

/** The longest that one request is held, in seconds. */
const holdSeconds = 20;
const requestMs = 30_000;

function wrong(what: string, fix: string): never {
  throw new Error(`${what} ${fix}`);
}

async function answerOf({ url }: Deployment, path: string, init: RequestInit = {}): Promise<Response> {
  const signal = AbortSignal.timeout(requestMs);
  return fetch(new URL(path, url), { redirect: "manual", signal, ...init }).catch((error: unknown) => {
    const { code } = ((error as Error).cause ?? {}) as { readonly code?: unknown };
    const why = typeof code === "string" ? ` (${code})` : "";
    return wrong(
      `The server at ${url.origin} cannot be reached${why}.`,
      "Is it running, and is this its address?",
    );
  });
}

/** Checks that an answer is the refusal that is wanted. */
async function refusedBy(answer: Response): Promise<string> {
  const { code = "" } = (await answer.json().catch(() => ({}))) as { code?: string };
  if (answer.status === 401) return `401 ${code}`;
  return wrong(
    `It was answered with ${answer.status} ${code}.`,
    "Is this the address that the stack's output Url names?",
  );
}

function transport({ url }: Deployment): Promise<string> {
  const isHere = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url.protocol === "https:") return Promise.resolve("https");
  if (isHere) return Promise.resolve("this machine");
  return wrong(`${url.origin} is not https: the key could be read on the way.`, "Use the https address.");
}

async function page(deployment: Deployment): Promise<string> {
  const answer = await answerOf(deployment, "/");
  const policy = answer.headers.get("content-security-policy") ?? "";
  if (answer.status === 200 && policy !== "") return "200, with a content security policy";
  return wrong(
    `It was answered with ${answer.status}.`,
    "Is this the address that the stack's output Url names?",
  );
}

async function keyed({ client }: Deployment): Promise<string> {
  const { version, data } = await client.tasks();
  return `${data.length} task(s), version ${version}`;
}

async function forgedWebhook(deployment: Deployment): Promise<string> {
  const { data } = await deployment.client.tasks();
  const id = deployment.task ?? data[0]?.id;
  if (id === undefined) return "there are no tasks";
  const headers = {
    "content-type": "application/json",
    "webhook-id": `msg_${randomUUID()}`,
    "webhook-timestamp": String(Math.floor(Date.now() / 1_000)),
    "webhook-signature": `v1,${Buffer.from(randomUUID()).toString("base64")}`,
  };
  const path = `/hooks/${encodeURIComponent(id)}`;
  return refusedBy(await answerOf(deployment, path, { method: "POST", headers, body: "{}" }));
}

/** A run of the task: once though it is asked for twice, and to its end. */
function runChecks({ client, payload, limitMs }: Deployment, task: string): readonly Check[] {
  const options = { idempotencyKey: `smoke-${randomUUID()}`, tags: ["smoke"] };
  let runId = "";
  return [
    {
      name: `a run of ${task} is started, once though it is asked for twice`,
      look: async () => {
        const first = await client.trigger(task, payload, options);
        const second = await client.trigger(task, payload, options);
        runId = first.id;
        if (first.id === second.id && second.isCached) return runId;
        // A run that fails gives its key up. Whether the second request came behind that cannot be told, so it is said.
        const { isFailed } = await client.retrieveRun(runId);
        if (isFailed) return `${runId}, and ${second.id}: the first had failed, which frees its key`;
        return wrong(`The same key gave ${first.id} and ${second.id}.`, "Look at both in the dashboard.");
      },
    },
    {
      name: "it comes to its end",
      look: async () => {
        const began = Date.now();
        for (;;) {
          const run = await client.retrieveRun(runId, { waitSeconds: holdSeconds });
          if (run.isSuccess) return `${run.status}, ${run.durationMs} ms of work`;
          if (run.isCompleted)
            return wrong(`${run.status}: ${run.error?.message ?? ""}.`, `See holdfast runs show ${runId}.`);
          if (Date.now() - began > limitMs)
            return wrong(`It is ${run.status} after ${limitMs / 1_000} s.`, "Give more time with --timeout.");
        }
      },
    },
    {
      name: "what it did is recorded",
      look: async () => {
        const { data } = await client.checkpoints(runId);
        return `${data.filter(({ kind }) => kind === "checkpoint").length} checkpoint(s)`;
      },
    },
  ];
}

/** All checks of a deployment, in the order in which they are made. */
export function smokeChecks(deployment: Deployment): readonly Check[] {
  const tasks = "/api/v1/tasks";
  const wrongKey = { headers: { authorization: `Bearer hf_smoke_${randomUUID()}` } };
  return [
    { name: "keys travel safely", look: () => transport(deployment) },
    { name: "the dashboard is there", look: () => page(deployment) },
    {
      name: "nobody is let in without a key",
      look: async () => refusedBy(await answerOf(deployment, tasks)),
    },
    {
      name: "nor with a wrong one",
      look: async () => refusedBy(await answerOf(deployment, tasks, wrongKey)),
    },
    { name: "the key is let in", look: () => keyed(deployment) },
    { name: "a forged webhook is refused", look: () => forgedWebhook(deployment) },
    ...(deployment.task === undefined ? [] : runChecks(deployment, deployment.task)),
  ];
}
