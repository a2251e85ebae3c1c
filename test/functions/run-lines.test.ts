/** The lines of a run in CloudWatch, which aws-sdk-client-mock plays: what the dispatcher prints is what the command line reads. */
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { mockClient } from "aws-sdk-client-mock";
import { expect, test } from "vitest";
import type { Run } from "../../engine/run.ts";
import { runLinesBy } from "../../functions/aws/run-lines.ts";
import { lateMs } from "../../functions/line-in-log.ts";
import { jsonLog } from "../../functions/log.ts";
import { printer } from "../../functions/printer.ts";

const since = new Date("2026-11-01T10:00:00Z");
const run = { id: "run_abc", task: "order" } as Run;
const asked = { runId: run.id, group: "/orders", since };

/** A log group, as the dispatcher writes it. */
function group() {
  const client = new CloudWatchLogsClient({ region: "eu-central-1" });
  const mock = mockClient(client);
  const events: { eventId: string; timestamp: number; message: string }[] = [];
  const put = (timestamp: number, message: string): void => {
    events.push({ eventId: `e${events.length}`, timestamp, message });
  };
  mock.on(FilterLogEventsCommand).callsFake(({ startTime = 0 }: { startTime?: number }) => ({
    events: events.filter(({ timestamp }) => timestamp >= startTime),
  }));
  const print = printer(
    jsonLog((line) => put(since.getTime() + 1_000 * (events.length + 1), line), Date.now),
  );
  return { client, mock, put, print };
}

test("lines that the dispatcher prints are read as they were logged: level, attempt, pass, try, properties, what was cut", async () => {
  const { client, mock, print, put } = group();
  print(run, "info", ["reserving", { order: 7 }], { attempt: 1, pass: 2, try: 3 });
  print(run, "debug", ["x".repeat(9_000)], { attempt: 2, pass: 4 });
  put(since.getTime() + 9_000, "START RequestId: 7");
  put(since.getTime() + 9_000, `{"level":"INFO","message":"A pass has ended"}`);
  const lines = await runLinesBy(client, { ...asked, attempt: 2 }).next();
  expect(lines).toEqual([
    {
      ...{ number: 1, id: "e0", time: "2026-11-01T10:00:01.000Z", level: "info", message: "reserving" },
      ...{ attempt: 1, pass: 2, try: 3, properties: { order: 7 } },
    },
    {
      ...{
        number: 2,
        id: "e1",
        time: "2026-11-01T10:00:02.000Z",
        level: "debug",
        message: "x".repeat(8_192),
      },
      ...{ attempt: 2, pass: 4, isCut: true },
    },
  ]);
  expect(mock.commandCalls(FilterLogEventsCommand)[0]?.args[0].input).toEqual({
    logGroupName: "/orders",
    filterPattern: `{ $.runId = "run_abc" && $.by = "task" && $.attempt = 2 }`,
    startTime: since.getTime(),
  });
});

test("a line is given once, also one that CloudWatch takes in behind younger ones, and lines are in the order of their times", async () => {
  const { client, print, put } = group();
  const message = (text: string) => JSON.stringify({ level: "WARN", message: text, attempt: 1, pass: 1 });
  const begun = since.getTime() + 3_600_000;
  const lines = runLinesBy(client, asked);
  print(run, "log", ["long ago"], { attempt: 1, pass: 1 });
  put(begun, message("first"));
  expect((await lines.next()).map((line) => line.message)).toEqual(["long ago", "first"]);
  put(begun + 1_000, message("third"));
  put(begun - lateMs + 1, message("late"));
  expect((await lines.next()).map((line) => line.message)).toEqual(["late", "third"]);
  expect(await lines.next()).toEqual([]);
});

test("what lies on several pages is read to the last, also where a page is empty", async () => {
  const { client, mock } = group();
  const event = (eventId: string) => ({
    ...{ eventId, timestamp: since.getTime() },
    message: JSON.stringify({ level: "INFO", message: eventId, attempt: 1, pass: 1 }),
  });
  mock
    .on(FilterLogEventsCommand)
    .resolvesOnce({ events: [event("a")], nextToken: "1" })
    .resolvesOnce({ events: [], nextToken: "2" })
    .resolvesOnce({ events: [event("b")] });
  expect((await runLinesBy(client, asked).next()).map((line) => line.message)).toEqual(["a", "b"]);
  expect(mock.commandCalls(FilterLogEventsCommand).map(({ args }) => args[0].input.nextToken)).toEqual([
    undefined,
    "1",
    "2",
  ]);
});

test("a caller who may not read the log, and a log that is gone, are told", async () => {
  const { client, mock } = group();
  const failing = (name: string) =>
    mock.on(FilterLogEventsCommand).rejects(Object.assign(new Error("not you"), { name }));
  failing("AccessDeniedException");
  await expect(runLinesBy(client, asked).next()).rejects.toThrow(
    /HF515 .*read the log group \/orders \(not you\)/,
  );
  failing("ResourceNotFoundException");
  await expect(runLinesBy(client, asked).next()).rejects.toThrow(/HF515 The log group \/orders is not there/);
});
