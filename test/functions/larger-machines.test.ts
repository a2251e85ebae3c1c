/** Runs that ask for more memory than the dispatcher has: who gives them on, who takes them, and what becomes of them where nobody does. */
import { expect, test } from "vitest";
import { memoryMb } from "../../engine/machines.ts";
import { answerRing, type RingDeps } from "../../functions/answer-ring.ts";
import type { Ring } from "../../functions/aws/sqs-doorbell.ts";
import {
  betweenVersions,
  handsBack,
  handsOver,
  type LargerMachines,
} from "../../functions/larger-machines.ts";
import type { RunPass } from "../../functions/pass-until.ts";
import { completes, never, take } from "./lambda-passes.ts";
import { LambdaWorld } from "./lambda-world.ts";

const sizes = [512, 2_048, 8_192];
const functions = sizes.slice(1).map((size) => ({
  memoryMb: size,
  queueUrl: `https://sqs/${size}`,
  version: `arn:aws:lambda:eu-central-1:1:function:m${size}:3`,
}));
const tasks = [
  { id: "order" },
  { id: "medium", machine: "medium-1x" },
  { id: "growing", largerMachine: "large-1x" },
] as const;

/** A dispatcher of 512 MB beside functions of 2,048 and 8,192. `gone`: queues that are no more, by what SQS says of them. */
function sizedWorld() {
  const w = new LambdaWorld();
  const sent: (Ring & { readonly to: string })[] = [];
  const gone = new Map<string, string>();
  const send = async (queueUrl: string, body: string): Promise<void> => {
    const name = gone.get(queueUrl);
    if (name !== undefined) throw Object.assign(new Error(`no ${queueUrl}`), { name });
    sent.push({ to: queueUrl.slice("https://sqs/".length), ...(JSON.parse(body) as Ring) });
  };
  const larger = handsOver({ tasks, memoryMb: 512, larger: functions, send, clock: w.clock, log: w.log });
  const ring = (id: string, runPass: RunPass = never, by: LargerMachines = larger) => {
    const deps: RingDeps = { ...w.deps(runPass), larger: by };
    return answerRing(deps, id, "lambda", { remainingMs: () => 900_000 });
  };
  const warnings = () =>
    w.lines.filter(({ level }) => level === "WARN").map(({ message }) => String(message));
  return { w, sent, gone, ring, larger, warnings };
}

test("a run goes to the smallest function that has its machine, and is claimed by nobody before; others are worked on here", async () => {
  const { w, sent, ring } = sizedWorld();
  const small = await w.start();
  expect(await ring(small, completes)).toBe("worked on");
  const medium = await w.start(undefined, undefined, { task: "medium" });
  const large = await w.start(undefined, undefined, { machine: "medium-2x" });
  const smaller = await w.start(undefined, undefined, { task: "medium", machine: "micro" });
  for (const id of [medium, large]) expect(await ring(id)).toBe("handed over");
  expect(await ring(smaller, completes)).toBe("worked on");
  expect(sent).toEqual([
    { to: "2048", runId: medium, version: functions[0]?.version },
    { to: "8192", runId: large, version: functions[1]?.version },
  ]);
  for (const id of [medium, large]) {
    const { status, epoch, owner } = await w.run(id);
    expect([status, epoch, owner]).toEqual(["QUEUED", 0, undefined]);
  }
});

test("more than any function has is on the largest", async () => {
  const { w, sent, ring } = sizedWorld();
  await ring(await w.start(undefined, undefined, { machine: "large-2x" }));
  expect(sent.map(({ to }) => to)).toEqual(["8192"]);
});

test("behind a death a run of a task with retry.outOfMemory goes on with more memory, and no other", async () => {
  const { w, sent, ring } = sizedWorld();
  const growing = await w.start(undefined, undefined, { task: "growing" });
  const plain = await w.start();
  for (const id of [growing, plain]) await take(w.ports, id, "lambda");
  await w.clock.advance(31_000);
  expect(await ring(growing)).toBe("handed over");
  expect(await ring(plain, completes)).toBe("worked on");
  expect(sent).toMatchObject([{ to: "8192", runId: growing }]);
  expect(await w.run(growing)).toMatchObject({ status: "QUEUED", deaths: 1 });
  // Whoever has freed it: the timer knows no tasks.
  expect(await ring(growing)).toBe("handed over");
});

test("where a function went with a deployment, its runs go to the next larger one at once, then they are here, and lines say so", async () => {
  const { w, sent, gone, ring, warnings } = sizedWorld();
  gone.set("https://sqs/2048", "AWS.SimpleQueueService.NonExistentQueue");
  const medium = await w.start(undefined, undefined, { task: "medium" });
  expect(await ring(medium)).toBe("handed over");
  expect(sent).toEqual([{ to: "8192", runId: medium, version: functions[1]?.version }]);
  gone.set("https://sqs/8192", "QueueDoesNotExist");
  expect(await ring(medium, completes)).toBe("worked on");
  expect(warnings()).toEqual(Array(2).fill(expect.stringContaining("no function of this size")));
  // Nobody is asked for any more: it is claimed at once.
  const next = await w.start(undefined, undefined, { machine: "large-1x" });
  expect(await ring(next, completes)).toBe("worked on");
});

test("a right that is missing fails the ring for ten minutes, since it may be on its way, and counts as gone behind them", async () => {
  const { w, gone, ring } = sizedWorld();
  for (const { queueUrl } of functions) gone.set(queueUrl, "AccessDenied");
  const id = await w.start(undefined, undefined, { task: "medium" });
  const due = (await w.run(id)).wakeAt ?? 0;
  await w.clock.advance(due - w.clock.now() + 599_999);
  await expect(ring(id)).rejects.toThrow("no https://sqs/2048");
  await w.clock.advance(1);
  expect(await ring(id, completes)).toBe("worked on");
});

test("what could not be sent fails the ring, and the next one sends it", async () => {
  const { w, sent, gone, ring } = sizedWorld();
  gone.set("https://sqs/2048", "ThrottlingException");
  const id = await w.start(undefined, undefined, { task: "medium" });
  await expect(ring(id)).rejects.toThrow("no https://sqs/2048");
  gone.clear();
  expect(await ring(id)).toBe("handed over");
  expect(sent).toHaveLength(1);
});

test("a larger function gives a run back that asks for more since, unless it is told that nobody has more", async () => {
  const { w, sent, gone, ring } = sizedWorld();
  const medium = handsBack(tasks, 2_048, sizes, w.bell);
  const id = await w.start(undefined, undefined, { machine: "large-1x" });
  w.bell.take();
  expect(await ring(id, never, medium)).toBe("handed over");
  expect(w.bell.take()).toEqual([{ runId: id, inMs: 0 }]);
  expect(handsBack(tasks, 8_192, sizes, w.bell).tooLarge).toBeUndefined();
  // The dispatcher has seen that the largest has gone.
  gone.set("https://sqs/8192", "QueueDoesNotExist");
  await ring(id);
  expect(sent).toEqual([{ to: "2048", runId: id, version: functions[0]?.version, anyway: true }]);
});

test("a larger function hands a run of other code to the version that the ring names, and to no other function's", async () => {
  const w = new LambdaWorld();
  const own = { functionName: "m2048", version: "9" };
  const handed: unknown[] = [];
  const handOff = {
    handOff: async (...given: unknown[]) => {
      handed.push(given);
      return "handedOff" as const;
    },
  };
  const told = (ring: Pick<Ring, "version" | "anyway">) =>
    betweenVersions(ring, own, handOff, w.bell, w.clock.now()).handOff("run_1", "7");
  const arn = "arn:aws:lambda:eu-central-1:1:function:m2048";
  expect(await told({ version: `${arn}:3`, anyway: true })).toBe("handedOff");
  expect(handed).toEqual([["run_1", "3", true]]);
  // It was made anew since: what has the same number there is other code.
  expect(await told({ version: `${arn}-before:3` })).toBe("versionIsMissing");
  // Nobody has told, or it is this one: the run is on other code since. The dispatcher decides.
  expect(await told({})).toBe("handedOff");
  expect(await told({ version: `${arn}:9` })).toBe("handedOff");
  expect(handed).toHaveLength(1);
  expect(w.bell.take()).toEqual(Array(2).fill({ runId: "run_1", inMs: 5_000 }));
});

test("the sizes of the functions are those of machines", () => {
  expect(["medium-1x", "large-1x"].map((name) => memoryMb(name as "medium-1x"))).toEqual(sizes.slice(1));
});
