/** What a run takes in AWS, from its head and journal; `test/aws/budgets.test.ts` holds it to DynamoDB's own count. */
import { expect, test } from "vitest";
import { tenAwaits } from "../../bench/aws-costs.ts";
import type { Run } from "../../engine/run.ts";
import { awsUnitsOf } from "../../functions/aws-units.ts";
import { done, journal } from "./journals.ts";

const run = (set: Partial<Run> = {}): Run =>
  ({ id: "run_1", status: "COMPLETED", epoch: 1, activeMs: 0, ...set }) as Run;
const ten = () => journal(...Array.from({ length: 10 }, (_, n) => done(`/a#${n}`)));

test("a run of ten awaits takes what docs/aws-costs.md says, and its dollars are the sum at the prices there", () => {
  const { writeUnits, readUnits, sqsRequests, dispatcherInvocations, assumed } = tenAwaits;
  const lastRecord = { inline: "{}" };
  const found = awsUnitsOf(run({ activeMs: assumed.dispatcherMs, lastRecord }), ten());
  expect(found).toMatchObject({ writeUnits, readUnits, sqsRequests, invocations: dispatcherInvocations });
  expect(found.gbSeconds).toBeCloseTo(0.048);
  // $8.13 of write units, $1.20 of requests, $0.84 of the dispatcher: of a million.
  expect((found.usd * 1e6).toFixed(2)).toBe("10.17");
  expect(awsUnitsOf(run(), ten()).writeUnits).toBe(writeUnits + 1);
});

test("what has not happened is not in it: a run that is put off has its put and its ring", () => {
  expect(awsUnitsOf(run({ status: "DELAYED", epoch: 0 }), [])).toMatchObject({
    ...{ writeUnits: 2, readUnits: 0, sqsRequests: 1, invocations: 0, gbSeconds: 0 },
  });
});

test("a run that is given on to a larger function takes its memory, and of each pass a write unit, three requests and an invocation more", () => {
  const [own, given] = [{}, { memoryMb: 2_048, isGivenOn: true } as const].map((place) =>
    awsUnitsOf(run({ activeMs: 1_000, epoch: 2 }), ten(), place),
  );
  expect([given?.writeUnits, given?.sqsRequests, given?.invocations, given?.gbSeconds]).toEqual([
    (own?.writeUnits ?? 0) + 2,
    12,
    4,
    2,
  ]);
});

test("a key of its trigger is four more; a child's end tells its parent; a minute of work renews the lease six times, and has a place in time; a batch that nobody waits for has an index", () => {
  const usual = awsUnitsOf(run(), ten()).writeUnits;
  const takes = (set: Partial<Run>): number => awsUnitsOf(run(set), ten()).writeUnits - usual;
  expect(takes({ idempotencyKey: "order-7" })).toBe(4);
  expect(takes({ parent: { runId: "run_0", key: "/c#0" } as Run["parent"] & object })).toBe(6);
  expect(takes({ activeMs: 60_000 })).toBe(8);
  expect(takes({ batchId: "batch_1" })).toBe(1);
  expect(takes({ batchId: "batch_1", parent: { runId: "run_0", key: "/c#0" } })).toBe(6);
});

test("large records take a unit for each kilobyte that is left of them when they are packed; each pass reads what lies before it", () => {
  const small = journal(done("/a#0"));
  const large = journal(done("/a#0", "x".repeat(30_000)));
  const more = (log: ReturnType<typeof journal>) => awsUnitsOf(run(), log).writeUnits;
  expect(more(large) - more(small)).toBe(9);
  const twice = journal(done("/a#0", "x".repeat(30_000)), { kind: "pass", codeVersion: "1" });
  expect(awsUnitsOf(run({ epoch: 2 }), twice).readUnits).toBe(3);
});

test("a larger function makes the same time dearer", () => {
  const at = (memoryMb: number) => awsUnitsOf(run({ activeMs: 1_000 }), [], { memoryMb }).gbSeconds;
  expect([at(512), at(2_048)]).toEqual([0.5, 2]);
});

test("passes of a longRunning task are paid for as Fargate's, by its own size and a minute at least; the dispatcher only starts them", () => {
  const pass = { kind: "pass", codeVersion: "1" } as const;
  const long = { epoch: 2, activeMs: 3_600_000 };
  const hour = awsUnitsOf(run(long), journal(pass, done("/a#0")), { long: "large-1x", memoryMb: 512 });
  expect(hour).toMatchObject({
    ...{ invocations: 1, sqsRequests: 3, gbSeconds: 0 },
    fargate: { tasks: 1, vcpuSeconds: 4 * 3_600, gbSeconds: 8 * 3_600 },
  });
  // An hour of four processors and 8 GB: $0.13 and $0.028, and what is written on top.
  const written = awsUnitsOf(run({ ...long, activeMs: 0 }), journal(pass, done("/a#0")), { long: "micro" });
  expect(hour.usd - 4 * 0.03238 - 8 * 0.00356).toBeCloseTo(360 * 0.625e-6 + 11.8e-6, 5);
  expect(written.fargate).toEqual({ tasks: 1, vcpuSeconds: 15, gbSeconds: 30 });
  // A doubled ring has started it before anybody had claimed the run.
  const unclaimed = awsUnitsOf(run({ epoch: 1, activeMs: 35_000 }), journal(done("/a#0")), { long: "micro" });
  expect(unclaimed).toMatchObject({ invocations: 1, sqsRequests: 3, fargate: { tasks: 1, vcpuSeconds: 15 } });
  // Two that waited in between: each is a minute at least.
  const two = awsUnitsOf(run({ epoch: 4, activeMs: 70_000 }), journal(pass, done("/a#0"), pass), {
    long: "small-1x",
  });
  expect(two).toMatchObject({ invocations: 2, fargate: { tasks: 2, vcpuSeconds: 60, gbSeconds: 120 } });
});
