/**
 * What stands in a function's process for Lambda's runtime: it loads the handler, then answers one event after the
 * other over the channel to the harness.
 *
 * It is started with the function's own environment and nothing else: the handler's place is in `_HANDLER` and
 * `LAMBDA_TASK_ROOT`, as at AWS.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { FromFunction, InvocationError, ToFunction } from "./invocation.ts";

type Handler = (event: unknown, context: unknown) => unknown;

const { env } = process;
const send = (message: FromFunction): void => void process.send?.(message);

function told(error: unknown): InvocationError {
  const thrown = error instanceof Error ? error : new Error(String(error));
  return { errorType: thrown.name, errorMessage: thrown.message, trace: (thrown.stack ?? "").split("\n") };
}

/** Finds `index.handler` as Lambda does: `index.js`, then `index.mjs`, then `index.cjs`. */
async function loadHandler(): Promise<Handler> {
  const [file = "", name = ""] = (env._HANDLER ?? "").split(".");
  const base = join(env.LAMBDA_TASK_ROOT ?? "", file);
  const path = [".js", ".mjs", ".cjs"].map((end) => `${base}${end}`).find(existsSync);
  if (path === undefined) throw new Error(`Cannot find module '${file}'`);
  const module = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  const exports = module[name] === undefined ? (module.default as Record<string, unknown>) : module;
  const handler = exports?.[name];
  if (typeof handler !== "function") throw new Error(`${env._HANDLER} is undefined or not exported`);
  return handler as Handler;
}

function contextOf({ requestId, deadline, arn }: ToFunction): Record<string, unknown> {
  return {
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: arn,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

async function answer(handler: Handler, message: ToFunction): Promise<void> {
  try {
    const result = await handler(JSON.parse(message.event), contextOf(message));
    send({ kind: "done", result: JSON.stringify(result) ?? "null" });
  } catch (error) {
    console.error(error);
    send({ kind: "failed", error: told(error) });
  }
}

try {
  const handler = await loadHandler();
  process.on("message", (message: ToFunction) => void answer(handler, message));
  process.once("disconnect", () => process.exit(0));
  send({ kind: "ready" });
} catch (error) {
  console.error(error);
  send({ kind: "initFailed", error: told(error) });
}
