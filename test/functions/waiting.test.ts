/** Holding a request until its run has ended. */
import { describe, expect, test } from "vitest";
import { keyEntry } from "../../functions/api-keys.ts";
import { hashedKeys } from "../../functions/auth.ts";
import { hashOfKey } from "../../functions/secret-key.ts";
import { end, get, key, refusal, trigger, type World, world } from "./world.ts";

describe("waiting for a run", () => {
  test("answers as soon as it has ended, by looking or by word", async () => {
    const looking = world();
    const told: (() => void)[] = [];
    const byWord = world({
      waiter: {
        ended: (_id, ms) =>
          new Promise((resolve) => {
            told.push(resolve);
            setTimeout(resolve, ms);
          }),
      },
    });
    for (const w of [looking, byWord]) {
      const id = await trigger(w);
      const began = Date.now();
      const answer = get(w, `/api/v3/runs/${id}?wait=20`);
      await new Promise((resolve) => setTimeout(resolve, 120));
      await end(w, id, "completed", { output: 2 });
      for (const tell of told) tell();
      expect(await answer).toMatchObject({ status: "COMPLETED", output: 2 });
      expect(Date.now() - began).toBeLessThan(1_500);
    }
  });
  test("survives a word that never comes", async () => {
    const w = world({ waiter: { ended: (_id, ms) => new Promise((resolve) => setTimeout(resolve, ms)) } });
    const id = await trigger(w);
    const answer = get(w, `/api/v3/runs/${id}?wait=20`);
    await end(w, id);
    expect(await answer).toMatchObject({ status: "COMPLETED" });
  });
  test("answers with the run as it is once the time is over", async () => {
    const w = world();
    const id = await trigger(w);
    const began = Date.now();
    expect(await get(w, `/api/v3/runs/${id}?wait=1`)).toMatchObject({ status: "QUEUED" });
    expect(Date.now() - began).toBeGreaterThanOrEqual(990);
  });
  test("ends when the caller has gone", async () => {
    const w = world();
    let reads = 0;
    const { read } = w.ports.store;
    w.ports.store.read = (id) => {
      reads++;
      return read(id);
    };
    const id = await trigger(w);
    const gone = new AbortController();
    const headers = { authorization: `Bearer ${key}` };
    const answer = w.app.request(`/api/v3/runs/${id}?wait=25`, { headers, signal: gone.signal });
    await new Promise((resolve) => setTimeout(resolve, 30));
    gone.abort();
    await answer;
    const before = reads;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(reads).toBe(before);
  });
  test("is refused for more than 25 seconds, or for what is no number", async () => {
    const w = world();
    const id = await trigger(w);
    for (const wait of ["26", "-1", "1.5", "x", "", "1&wait=2"]) {
      expect(await refusal(await w.send("GET", `/api/v3/runs/${id}?wait=${wait}`))).toMatchObject({
        status: 422,
        code: "HF207",
      });
    }
  });
});

describe("a trigger that waits", () => {
  const start = async (w: World, wait: string, headers?: Record<string, string>) =>
    w.send("POST", `/api/v1/tasks/order/trigger?wait=${wait}`, { payload: 7 }, headers);

  test("answers with the run once it has ended: a task is called as a function is", async () => {
    const w = world();
    const answer = start(w, "20");
    await expect.poll(async () => (await w.runs()).length).toBe(1);
    const [{ id } = { id: "" }] = await w.runs();
    await end(w, id, "completed", { output: { sum: 3 } });
    expect(await (await answer).json()).toMatchObject({
      id,
      isCached: false,
      run: { id, status: "COMPLETED", output: { sum: 3 }, payload: 7 },
    });
  });
  test("answers with the run as it is once the time is over", async () => {
    const w = world();
    expect(await (await start(w, "1")).json()).toMatchObject({ isCached: false, run: { status: "QUEUED" } });
  });
  test("asks for no run where it does not wait", async () => {
    const w = world();
    expect(Object.keys((await (await start(w, "0")).json()) as object).sort()).toEqual(["id", "isCached"]);
  });
  test.each(["26", "-1", "soon", "1.5"])("is refused before a run is stored: ?wait=%s", async (wait) => {
    const w = world();
    expect(await refusal(await start(w, wait))).toMatchObject({ status: 422, code: "HF207" });
    expect(await w.runs()).toEqual([]);
  });
  test("is refused to a key that may not read, before a run is stored", async () => {
    const starter = keyEntry({ hash: hashOfKey("starter"), scopes: ["trigger"] });
    const w = world({ keys: hashedKeys([hashOfKey(key), starter]) });
    const headers = { authorization: "Bearer starter" };
    expect(await refusal(await start(w, "5", headers))).toMatchObject({ status: 403, code: "HF219" });
    expect(await w.runs()).toEqual([]);
    expect((await start(w, "0", headers)).status).toBe(200);
  });
});
