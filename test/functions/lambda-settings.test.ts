/** The functions' settings, their log lines, what a run is pinned to, and letters that would be too long. */
import { expect, test } from "vitest";
import { isSameCode, publishedVersion } from "../../functions/code-version.ts";
import { apiConfig, dispatcherConfig, timerConfig } from "../../functions/config.ts";
import { letters } from "../../functions/dead-letter.ts";
import { errorFields, jsonLog } from "../../functions/log.ts";
import { LambdaWorld } from "./lambda-world.ts";

const env = {
  HOLDFAST_TABLE: "table",
  HOLDFAST_DOORBELL_URL: "https://sqs/bell",
  HOLDFAST_DEAD_LETTER_URL: "https://sqs/letters",
  HOLDFAST_LOST_RINGS_URL: "https://sqs/lost",
  HOLDFAST_BUCKET: "bucket",
  HOLDFAST_SECRET_ID: "secret",
  HOLDFAST_CODE_VERSION: "abcd",
  HOLDFAST_LOG_GROUP: "dispatcher-logs",
  HOLDFAST_LOG_DAYS: "30",
  HOLDFAST_PLANNER: "planner",
  HOLDFAST_DISPATCHER: "dispatcher",
  HOLDFAST_RETENTION: '{"default":30}',
  HOLDFAST_LEASE_SECONDS: "30",
  HOLDFAST_LEAVE_AFTER_SECONDS: "300",
  HOLDFAST_TIMER_SECONDS: "60",
  HOLDFAST_STAGE: "Orders",
  HOLDFAST_METRICS_NAMESPACE: "Holdfast/Stack",
  HOLDFAST_PROJECT: "Orders",
  AWS_LAMBDA_FUNCTION_NAME: "dispatcher",
  AWS_LAMBDA_FUNCTION_VERSION: "7",
  AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/api",
};

test("settings are read as milliseconds and names", () => {
  expect(dispatcherConfig(env)).toMatchObject({
    leaseMs: 30_000,
    leaveAfterMs: 300_000,
    functionName: "dispatcher",
    version: "7",
  });
  expect(timerConfig(env)).toMatchObject({ tickMs: 60_000, lostRingsUrl: "https://sqs/lost" });
  expect(apiConfig(env)).toMatchObject({
    secretId: "secret",
    codeVersion: "abcd",
    ownLogGroup: "/aws/lambda/api",
  });
});

test.each(["HOLDFAST_TABLE", "HOLDFAST_LEASE_SECONDS", "AWS_LAMBDA_FUNCTION_NAME"])(
  "without %s nothing begins",
  (name) => {
    expect(() => dispatcherConfig({ ...env, [name]: "" })).toThrow(
      `HF406 The environment variable ${name} is missing.`,
    );
  },
);

test.each(["x", "-1", "0", "Infinity"])("%j is no number of seconds", (text) => {
  expect(() => timerConfig({ ...env, HOLDFAST_TIMER_SECONDS: text })).toThrow("HF406");
});

test("a pin is a version and a hash; the hash alone decides", () => {
  expect(publishedVersion("12.abcd")).toBe("12");
  expect([publishedVersion("abcd"), publishedVersion("x.abcd"), publishedVersion("")]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect([isSameCode("12.abcd", "abcd"), isSameCode("abcd", "abcd"), isSameCode("12.abcd", "bcd")]).toEqual([
    true,
    true,
    false,
  ]);
});

test("a log line is one JSON object, whatever is in it", () => {
  const lines: string[] = [];
  const log = jsonLog(
    (line) => void lines.push(line),
    () => 0,
  ).with({ runId: "run_1" });
  log.error("It\nbroke", errorFields(Object.assign(new TypeError("no\nway"), { code: "HF212" })));
  expect(lines.join("")).not.toContain("\n");
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    timestamp: "1970-01-01T00:00:00.000Z",
    level: "ERROR",
    message: "It\nbroke",
    runId: "run_1",
    error: { name: "TypeError", message: "no\nway", code: "HF212" },
  });
});

test("a letter leaves an error's stack out rather than being too long for a message", async () => {
  const w = new LambdaWorld();
  const run = {
    ...(await w.run(await w.start())),
    error: { name: "Error", message: "no", stack: "s".repeat(2_000_000) },
  };
  const sent: string[] = [];
  await letters(async (body) => void sent.push(body), w.log).put(run);
  expect(sent[0]?.length).toBeLessThan(100_000);
  expect(JSON.parse(sent[0] ?? "")).toMatchObject({ runId: run.id, error: { message: "no" } });
});
