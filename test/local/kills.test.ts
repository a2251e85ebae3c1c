/** Real processes, killed: whatever dies, the runs go on. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { gone, kill } from "../world/processes.ts";
import { makePlace, type Place, storeOf, until } from "./fake/holdfast.ts";

let place: Place;
beforeEach(async () => {
  place = await makePlace("kills");
});
afterEach(() => place.end());

const steps = { count: 12, ms: 30 };

/** Recorded steps are never made again; the one that was cut off by a kill may be. */
function expectSteps(lines: readonly string[], runId: string, kills: number): void {
  const made = lines.filter((line) => line.startsWith(runId)).map((line) => Number(line.split(" ")[1]));
  expect([...new Set(made)]).toEqual(Array.from({ length: steps.count }, (_, i) => i + 1));
  expect(made.length).toBeLessThanOrEqual(steps.count + kills);
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("killed with SIGKILL", () => {
  test("a runner: its runs go on in another, and it is replaced", async () => {
    const holdfast = await place.start();
    const before = await holdfast.runners();
    const ids = await Promise.all(
      Array.from({ length: 6 }, () => holdfast.trigger("steps", { ...steps, file: place.file("steps") })),
    );
    await until("steps are being made", () => place.lines("steps").length > 8);
    const victim = Number(place.lines("steps").at(-1)?.split(" ")[2]);
    expect(before).toContain(victim);
    kill(victim);
    for (const id of ids) expect((await holdfast.finished(id)).status).toBe("COMPLETED");
    for (const id of ids) expectSteps(place.lines("steps"), id, 1);
    await until("as many as before", async () => (await holdfast.runners()).length >= before.length);
    expect(await holdfast.runners()).not.toContain(victim);
  });

  test("the supervisor: its runners stop by themselves, and the next one goes on", async () => {
    const holdfast = await place.start();
    const runners = await holdfast.runners();
    const id = await holdfast.trigger("steps", { ...steps, file: place.file("steps") });
    await until("a step is made", () => place.lines("steps").length > 1);
    await holdfast.killSupervisor();
    await gone(runners);
    const next = await place.start();
    expect((await next.finished(id)).status).toBe("COMPLETED");
    expectSteps(place.lines("steps"), id, 1);
  });

  test("the whole tree: the next supervisor goes on with what was queued, asleep and at work", async () => {
    const holdfast = await place.start();
    const atWork = await holdfast.trigger("steps", { ...steps, file: place.file("steps") });
    const asleep = await holdfast.trigger("sleeps", { ms: 1_500 });
    await until("a step is made", () => place.lines("steps").length > 1);
    await until("a run sleeps", async () => (await holdfast.run(asleep)).status === "WAITING");
    const delayed = await holdfast.trigger("quick", {}, { delay: "1s" });
    await holdfast.killTree();
    const next = await place.start();
    for (const id of [atWork, asleep, delayed]) expect((await next.finished(id)).status).toBe("COMPLETED");
    expectSteps(place.lines("steps"), atWork, 1);
  });

  test("a runner that cannot notice the end of its supervisor is killed by the next one", async () => {
    const holdfast = await place.start();
    await holdfast.trigger("blocks", { ms: 600_000, file: place.file("blocks") });
    await until("the runner is blocked", () => place.lines("blocks").length === 1);
    const blocked = Number(place.lines("blocks")[0]);
    await holdfast.killSupervisor();
    expect(isAlive(blocked)).toBe(true);
    const next = await place.start();
    await gone([blocked]);
    expect(next.output()).toContain(`Killing the runner ${blocked}`);
    // The run is free again: it blocks a runner of the new supervisor.
    await until("the run goes on", () => place.lines("blocks").length === 2);
  });

  test("a process that a task started ends with its runner", async () => {
    const holdfast = await place.start();
    await holdfast.trigger("spawns", { file: place.file("spawned") });
    await until("the process is there", () => place.lines("spawned").length === 1);
    const [runner = 0, child = 0] = (place.lines("spawned")[0] ?? "").split(" ").map(Number);
    kill(runner);
    await gone([runner, child]);
  });
});

describe("a run that ends its own process", () => {
  test("crashes after three times, and its neighbours finish", async () => {
    const holdfast = await place.start();
    const neighbours = await Promise.all(
      Array.from({ length: 8 }, () => holdfast.trigger("steps", { ...steps, file: place.file("steps") })),
    );
    const poison = await holdfast.trigger("exits", { file: place.file("exits") });
    const end = await holdfast.finished(poison);
    expect(end.status).toBe("CRASHED");
    expect(end.error?.message).toContain("died 3 times in a row");
    expect(place.lines("exits").length).toBe(3);
    for (const id of neighbours) expect((await holdfast.finished(id)).status).toBe("COMPLETED");
    const quick = await holdfast.trigger("quick", {});
    expect((await holdfast.finished(quick)).status).toBe("COMPLETED");
  });

  test("is worked on alone from its second death on", async () => {
    const holdfast = await place.start();
    const poison = await holdfast.trigger("exits", { file: place.file("exits") });
    const quick: string[] = [];
    await until("the poison has crashed", async () => {
      quick.push(await holdfast.trigger("quick", {}));
      return (await holdfast.run(poison)).status === "CRASHED";
    });
    const last = Number(place.lines("exits")[2]);
    for (const id of quick) expect((await holdfast.finished(id)).output).not.toMatchObject({ pid: last });
  });

  test("is not blamed for deaths from outside: it takes six of those", async () => {
    const holdfast = await place.start({ env: { FAKE_RUNNERS: "1" } });
    const id = await holdfast.trigger("spawns", { file: place.file("spawned") });
    for (let deaths = 1; deaths <= 6; deaths += 1) {
      await until(`it is at work again (${deaths})`, () => place.lines("spawned").length === deaths);
      expect((await holdfast.run(id)).status).toBe("EXECUTING");
      kill(Number(place.lines("spawned").at(-1)?.split(" ")[0]));
    }
    expect((await holdfast.finished(id)).status).toBe("CRASHED");
  });
});

describe("a run that hangs", () => {
  test("past its maxDuration, in a runner that does not answer: the runner is killed, in the end the run crashes", async () => {
    const holdfast = await place.start({ env: { FAKE_PATIENCE: "200" } });
    const payload = { ms: 600_000, file: place.file("blocks") };
    const hung = await holdfast.trigger("blocks", payload, { maxDuration: 1 });
    expect((await holdfast.finished(hung, 50_000)).status).toBe("CRASHED");
    expect(place.lines("blocks").length).toBe(3);
  });

  test("within its maxDuration is let be, however silent its runner is", async () => {
    const holdfast = await place.start({ env: { FAKE_PATIENCE: "50" } });
    const payload = { ms: 4_000, file: place.file("blocks") };
    const busy = await holdfast.trigger("blocks", payload, { maxDuration: 3_600 });
    expect((await holdfast.finished(busy)).status).toBe("COMPLETED");
    expect(place.lines("blocks").length).toBe(1);
  });
});

describe("told to stop", () => {
  test("a supervisor gives runs back, blames none, and the next one goes on", async () => {
    const holdfast = await place.start();
    const id = await holdfast.trigger("steps", { ...steps, file: place.file("steps") });
    await until("a step is made", () => place.lines("steps").length > 1);
    await holdfast.stop();
    const store = storeOf(place);
    const run = await store.read(id);
    store.close();
    expect(run).toMatchObject({ status: "QUEUED", deaths: 0 });
    const next = await place.start();
    expect((await next.finished(id)).status).toBe("COMPLETED");
    expectSteps(place.lines("steps"), id, 0);
  });

  test("twice, a supervisor waits for no pass", async () => {
    const holdfast = await place.start();
    const id = await holdfast.trigger("listens", {});
    await until("it is at work", async () => (await holdfast.run(id)).status === "EXECUTING");
    process.kill(holdfast.pid, "SIGTERM");
    await holdfast.stop();
    const store = storeOf(place);
    expect(await store.read(id)).toMatchObject({ status: "QUEUED", deaths: 0 });
    store.close();
  });

  test("a supervisor cuts off a pass that does not end, and blames its run neither", async () => {
    const holdfast = await place.start();
    const id = await holdfast.trigger("listens", {});
    await until("it is at work", async () => (await holdfast.run(id)).status === "EXECUTING");
    const runners = await holdfast.runners();
    await holdfast.stop();
    await gone(runners);
    const store = storeOf(place);
    expect(await store.read(id)).toMatchObject({ status: "QUEUED", deaths: 0 });
    store.close();
  });
});
