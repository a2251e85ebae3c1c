/** What the dispatcher does with its events: which rings fail, which are put off, which go elsewhere. */
import { describe, expect, test } from "vitest";
import { suspend } from "../../engine/head-write.ts";
import type { RunPass } from "../../functions/pass-until.ts";
import { completes, never, take } from "./lambda-passes.ts";
import { hash, LambdaWorld, ringOf } from "./lambda-world.ts";

async function suspended(w: LambdaWorld, forMs: number | undefined): Promise<string> {
  const id = await w.start();
  const lease = await take(w.ports, id, "somebody");
  const now = w.clock.now();
  const why = { kind: "timer", count: 1 } as const;
  const set = {
    wakeAt: forMs === undefined ? undefined : now + forMs,
    waitingFor: why,
    activeMs: 0,
    attempts: 0,
    lastNumber: 0,
  };
  await w.store.write(id, suspend(lease, now, 0, set));
  return id;
}

describe("a batch", () => {
  test("of good rings fails none", async () => {
    const w = new LambdaWorld();
    const ids = [await w.start(), await w.start()];
    expect(
      await w.invoke(
        completes,
        ids.map((id) => ringOf(id)),
      ),
    ).toEqual({ batchItemFailures: [] });
    expect((await w.run(ids[1] ?? "")).status).toBe("COMPLETED");
  });

  test("in which the store fails for one run fails that one alone", async () => {
    const w = new LambdaWorld();
    const ids = [await w.start(), await w.start()];
    const oneFails: RunPass = async (ports, options) => {
      if (options.runId === ids[0]) throw new Error("the table is away");
      return completes(ports, options);
    };
    const answer = await w.invoke(
      oneFails,
      ids.map((id) => ringOf(id)),
    );
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: "m0" }] });
    expect(w.lines).toContainEqual(
      expect.objectContaining({ level: "ERROR", message: "Ring failed", runId: ids[0] }),
    );
  });

  test.each(["", "{", "null", "[]", '{"runId":7}', '{"runId":""}'])(
    "drops a message that is no ring: %j",
    async (body) => {
      const w = new LambdaWorld();
      expect(await w.invoke(never, [body])).toEqual({ batchItemFailures: [] });
      expect(w.lines).toMatchObject([{ level: "WARN", messageId: "m0" }]);
    },
  );

  test("acknowledges rings for runs that are unknown, ended or worked on", async () => {
    const w = new LambdaWorld();
    const ended = await w.start();
    await w.invoke(completes, [ringOf(ended)]);
    const held = await w.start();
    await take(w.ports, held, "somebody");
    const answer = await w.invoke(never, [ringOf("run_nobody"), ringOf(ended), ringOf(held)]);
    expect(answer).toEqual({ batchItemFailures: [] });
  });

  test("that does not answer in time gives its lease back when the store comes back", async () => {
    const w = new LambdaWorld();
    const id = await w.start();
    const breaks: RunPass = async (ports, { runId, owner }) => {
      await take(ports, runId, owner);
      throw new Error("the table was away");
    };
    await w.invoke(breaks, [ringOf(id)]);
    expect(await w.run(id)).toMatchObject({ status: "QUEUED", deaths: 0, wakeAt: w.clock.now() + 5_000 });
    expect((await w.run(id)).owner).toBeUndefined();
  });
});

describe("an early ring", () => {
  test("is sent again with the rest, and the run is left alone", async () => {
    const w = new LambdaWorld();
    const id = await suspended(w, 600_000);
    expect(w.bell.take().at(-1)).toEqual({ runId: id, inMs: 600_000 });
    await w.clock.advance(250_000);
    await w.invoke(never, [ringOf(id)]);
    expect(w.bell.take()).toEqual([{ runId: id, inMs: 350_000 }]);
  });

  test("for a start that was put off is dropped: whoever put it off has rung for its time", async () => {
    const w = new LambdaWorld();
    const debounce = { key: "k", delayMs: 60_000, isTrailing: false };
    const id = await w.start(undefined, undefined, { debounce });
    await w.clock.advance(40_000);
    expect(await w.start(undefined, undefined, { debounce })).toBe(id);
    expect(w.bell.take()).toEqual([
      { runId: id, inMs: 60_000 },
      { runId: id, inMs: 60_000 },
    ]);
    await w.clock.advance(20_000);
    await w.invoke(never, [ringOf(id)]);
    expect(w.bell.take()).toEqual([]);
    expect((await w.run(id)).status).toBe("DELAYED");
  });

  test("whose message says so is sent again without a look at the run", async () => {
    const w = new LambdaWorld();
    await w.invoke(never, [ringOf("run_unknown", w.clock.now() + 5_000)]);
    expect(w.bell.take()).toEqual([{ runId: "run_unknown", inMs: 5_000 }]);
  });

  test("by less than a second is waited for", async () => {
    const w = new LambdaWorld();
    const id = await suspended(w, 60_000);
    await w.clock.advance(59_200);
    w.bell.take();
    const done = w.invoke(completes, [ringOf(id)]);
    await w.clock.advance(700);
    expect((await w.run(id)).status).toBe("WAITING");
    await w.clock.advance(200);
    await done;
    expect((await w.run(id)).status).toBe("COMPLETED");
    expect(w.bell.take()).toEqual([]);
  });

  test("for a time that no message can wait for is dropped: the timer has it", async () => {
    const w = new LambdaWorld();
    const id = await suspended(w, 3_600_000);
    await w.invoke(never, [ringOf(id)]);
    const forWord = await suspended(w, undefined);
    await w.invoke(never, [ringOf(forWord)]);
    expect(w.bell.take().filter(({ inMs }) => inMs > 0)).toEqual([]);
  });
});

describe("a run on other code", () => {
  test("is handed to the version that has it", async () => {
    const w = new LambdaWorld();
    w.versions.add("3");
    const id = await w.start("3.0123456789abcdef");
    expect(await w.invoke(never, [ringOf(id)])).toEqual({ batchItemFailures: [] });
    expect(w.handedOver).toEqual([{ runId: id, version: "3" }]);
  });

  test("stays here when only the version's number differs: the code is the same", async () => {
    const w = new LambdaWorld();
    const id = await w.start(`3.${hash}`);
    await w.invoke(completes, [ringOf(id)]);
    expect(w.handedOver).toEqual([]);
    expect((await w.run(id)).status).toBe("COMPLETED");
  });

  test("that is gone fails with words that say so, and can be resumed", async () => {
    const w = new LambdaWorld();
    const id = await w.start("2.0123456789abcdef");
    await w.invoke(never, [ringOf(id)]);
    const run = await w.run(id);
    expect(run).toMatchObject({ status: "FAILED", error: { code: "HF318" } });
    expect(run.wakeAt).toBeUndefined();
    expect(w.letters).toMatchObject([{ runId: id, status: "FAILED", error: { code: "HF318" } }]);
  });

  test("that its own version does not have any more is handed to nobody: it would be handed over for ever", async () => {
    const w = new LambdaWorld();
    // The function was made anew and counts from 1 again; the table was kept.
    w.versions.add("7");
    const id = await w.start("7.0123456789abcdef");
    await w.invoke(never, [ringOf(id)]);
    expect(w.handedOver).toEqual([]);
    expect(await w.run(id)).toMatchObject({ status: "FAILED", error: { code: "HF318" } });
  });

  test("comes as an event of its own when it is handed over", async () => {
    const w = new LambdaWorld();
    const id = await w.start();
    const { dispatcher } = await import("../../functions/dispatch.ts");
    const invocation = { awsRequestId: "r", getRemainingTimeInMillis: () => 900_000 };
    await dispatcher(w.deps(completes))({ runId: id }, invocation);
    expect((await w.run(id)).status).toBe("COMPLETED");
  });

  test("that is handed over while the store is away fails the invocation: Lambda repeats it", async () => {
    const w = new LambdaWorld();
    const id = await w.start();
    const { dispatcher } = await import("../../functions/dispatch.ts");
    const away: RunPass = async () => {
      throw new Error("the table is away");
    };
    const invocation = { awsRequestId: "r", getRemainingTimeInMillis: () => 900_000 };
    await expect(dispatcher(w.deps(away))({ runId: id }, invocation)).rejects.toThrow("away");
  });
});
