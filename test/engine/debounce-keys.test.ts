/** A debounce beside an idempotency key: triggers with one key are one trigger, whatever run it has joined. */
import { describe, expect, test } from "vitest";
// Loaded ahead: virtual time does not wait for a file.
import "../../engine/debounce.ts";
import { decode } from "../../engine/codec.ts";
import { textOf } from "../../engine/new-run.ts";
import { bench, everyCrash } from "./tasks.ts";

const second = 1_000;

function kit() {
  const made = bench(
    `task({ id: "t", retry: { maxAttempts: 1 }, run: async (n: number) => { if (n < 0) throw new Error("no"); return n; } });`,
  );
  const { world, id } = made;
  const debounce = { key: "d", delayMs: 5 * second, isTrailing: true };
  const trigger = (payload: number, idempotencyKey?: string, more: object = {}) =>
    world.start(id("t"), payload, { debounce, ...(idempotencyKey && { idempotencyKey }), ...more });
  const payloadOf = async (runId: string) => {
    const run = await world.store.read(runId);
    return run && decode(await textOf(world.ports, run.payload));
  };
  return { ...made, trigger, payloadOf };
}

describe("a trigger with both keys", () => {
  test("makes a run that both find; with the idempotency key again it is that run, put off by nothing and with its payload", async () => {
    const { trigger, world, payloadOf } = kit();
    const first = await trigger(1, "a");
    const due = (await world.store.read(first.id))?.delayedUntil;
    const again = await trigger(2, "a");
    expect([again.id, again.isCached]).toEqual([first.id, true]);
    expect([await payloadOf(first.id), (await world.store.read(first.id))?.delayedUntil]).toEqual([1, due]);
    expect((await trigger(3)).id).toBe(first.id);
    expect(await payloadOf(first.id)).toBe(3);
  });

  test("joins the run of its debounce key, which has its idempotency key from then on, also when the run has ended", async () => {
    const { trigger, world, id, payloadOf } = kit();
    const first = await trigger(1);
    const joined = await trigger(2, "a");
    expect([joined.id, joined.isCached]).toEqual([first.id, false]);
    expect(await payloadOf(first.id)).toBe(2);
    await trigger(3, "b");
    await trigger(4, "a");
    expect(await payloadOf(first.id)).toBe(3);
    await world.finish(first.id);
    for (const key of ["a", "b"]) {
      const late = await trigger(5, key);
      expect([late.id, late.isCached, late.payloadChanged]).toEqual([first.id, true, false]);
      const plain = await world.start(id("t"), 6, { idempotencyKey: key });
      expect([plain.id, plain.payloadChanged]).toEqual([first.id, false]);
    }
    expect((await trigger(7, "c")).id).not.toBe(first.id);
  });

  test("of a run that failed begins another one, and of one that has begun goes on as ever", async () => {
    const { trigger, world } = kit();
    const first = await trigger(-1, "a");
    expect((await world.finish(first.id)).status).toBe("FAILED");
    const next = await trigger(1, "a");
    expect([next.id === first.id, next.isCached]).toEqual([false, false]);
    expect((await trigger(2, "a")).id).toBe(next.id);
  });

  test("at once with others of the same idempotency key is one trigger", async () => {
    const { trigger, world, payloadOf } = kit();
    const first = await trigger(0);
    const all = await Promise.all(Array.from({ length: 20 }, () => trigger(1, "a")));
    expect(new Set(all.map(({ id }) => id))).toEqual(new Set([first.id]));
    await world.finish(first.id);
    expect(await payloadOf(first.id)).toBe(1);
    expect((await trigger(2, "a")).id).toBe(first.id);
  });

  test("costs one store call where it makes a run, one where its key is known, and a write and a key where it joins", async () => {
    const { trigger, world } = kit();
    const spent = (): object => {
      const counted = Object.fromEntries(world.counts);
      world.counts.clear();
      return counted;
    };
    await trigger(1, "a");
    expect(spent()).toEqual({ create: 1 });
    await trigger(1, "a");
    expect(spent()).toEqual({ create: 1 });
    await trigger(2, "b");
    expect(spent()).toEqual({ create: 1, write: 1, adopt: 1 });
  });
});

test("with a crash at every store call each child ends, and a key that is known gives the run that it gave", async () => {
  const { runs, bad } = await everyCrash(
    `const child = task({ id: "child", run: async (n: number) => n });
     task({ id: "t", run: async () => {
       const debounce = { key: "k" + Math.random(), delay: "5s", mode: "trailing" as const };
       const one = await child.trigger(1, { debounce });
       const two = await child.trigger(2, { debounce, idempotencyKey: "a" });
       const three = await child.trigger(3, { debounce, idempotencyKey: "a" });
       const got = await child.triggerAndWait(4, { debounce, idempotencyKey: "a" }).unwrap();
       return two.id === three.id && one.id !== "" && (got === 1 || got === 2);
     } });`,
    () => ({}),
    "t",
    0,
    true,
  );
  expect(bad).toEqual([]);
  expect(runs).toBeGreaterThan(14);
});
