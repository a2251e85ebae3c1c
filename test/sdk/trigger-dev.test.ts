/** What docs/trigger-dev.md says of Trigger.dev's surface. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as sdk from "../../sdk/index.ts";
import { root } from "../world/place.ts";

const page = readFileSync(join(root, "docs", "trigger-dev.md"), "utf8");
const section = (title: string): string =>
  new RegExp(`## ${title}\n([\\s\\S]*?)(?=\n## |$)`).exec(page)?.[1] ?? "";

const read = (path: string): unknown =>
  path.split(".").reduce<unknown>((value, name) => Reflect.get(Object(value), name), sdk);

/** The names in backticks of some text that may be exports: `a`, `a.b`. */
const namesIn = (text: string): string[] =>
  [...text.matchAll(/`([A-Za-z]+(?:\.[A-Za-z]+)?)`/g)].map(([, name]) => name as string);

test("what is the same is exported", () => {
  const rows = section("The same")
    .split("\n")
    .filter((row) => /^\| (Tasks|Keys|In a run|Errors|Looking)/.test(row));
  // The row of lists goes on behind `runs.retrieve`: `list`, `poll` …
  const paths = rows
    .flatMap(namesIn)
    .filter(
      (name) =>
        ![
          "ctx",
          "signal",
          "read",
          "write.waitpoints",
          "write.inputStreams",
          "trigger.tasks",
          "batchTrigger.tasks",
          "list",
          "poll",
          "cancel",
          "replay",
          "reschedule",
          "target",
          "parent",
          "root",
          "multipleUse",
        ].includes(name),
    )
    .map((name) => (name.startsWith("subscribeTo") ? `runs.${name}` : name))
    .map((name) => (name === "createBatchTriggerPublicToken" ? `auth.${name}` : name))
    .map((name) => (["trace", "startSpan"].includes(name) ? `logger.${name}` : name));
  expect(paths.length).toBeGreaterThan(25);
  expect(paths.filter((path) => read(path) === undefined)).toEqual([]);
});

test("what is not there is exported, and refused by name when it is used", () => {
  const rows = section("Not there")
    .split("\n")
    .filter((row) => row.startsWith("| `"));
  const names = rows.flatMap((row) => namesIn(row.split("|")[1] ?? ""));
  const options = ["region", "version", "externalDeploymentId"];
  const hooks = ["catchError", "handleError"];
  const paths = names
    .filter((name) => !options.includes(name))
    .map((name) => (hooks.includes(name) ? `tasks.${name}` : name));
  expect(paths.length).toBeGreaterThan(6);
  for (const path of paths) {
    const given = read(path) as (() => never) | { readonly get: () => never };
    expect(() => (typeof given === "function" ? given() : given.get()), path).toThrow(
      `HF506 ${path}() is not supported`,
    );
  }
});

/** What `@trigger.dev/sdk` 4.8.3 exports, but for what begins with `__`, chat and webhooks of single providers. */
const theirs =
  `AbortTaskRunError ApiError AuthenticationError BadRequestError BatchTriggerError CompleteTaskWithOutput ConflictError
  InMemoryCache InternalServerError NotFoundError OIDCTokenError PermissionDeniedError RateLimitError SubtaskUnwrapError
  TriggerClient UnprocessableEntityError WaitpointTimeoutError auth batch concurrencyLimit concurrencyLimits configure
  createCache defineConfig deployments envvars heartbeats idempotencyKeys locals logger metadata otel prompts query queue
  retry runs schedules schemaTask sessions skills streams tags task tasks timeout toolTask usage wait waitUntil webhook
  webhookSources webhooks`.split(/\s+/);

test("every name that a task file imports from Trigger.dev is exported", () => {
  expect(theirs.filter((name) => read(name) === undefined)).toEqual([]);
});
