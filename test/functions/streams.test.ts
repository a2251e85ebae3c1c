/** The route of streams. */
import { expect, test } from "vitest";
import { apiClient } from "../../sdk/client.ts";
import { changesOf, changesOfList } from "../../sdk/realtime.ts";
import { subscription, subscriptionOfMany } from "../../sdk/run-with-streams.ts";
import { chunksOf, readStream } from "../../sdk/stream-reading.ts";
import type { TransportRequest } from "../../sdk/transport.ts";
import { end, get, streamed as part, refusal, trigger, type World, world } from "./world.ts";

/** `held`: the signals of requests for chunks, which the server holds. */
const clientOf = (w: World, held: AbortSignal[] = []) => {
  const request = ({ method, path, signal }: TransportRequest) => {
    if (path.includes("/streams")) held.push(signal);
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
    return Promise.race([w.send(method, path), aborted]);
  };
  const transport = { address: "here", request };
  return apiClient({ baseUrl: "http://localhost", secretKey: undefined, transport });
};

test("a reader gets each chunk once, in the order of the log, and none of a superseded pass", async () => {
  const w = world();
  const id = await trigger(w);
  await end(w, id, "completed", {}, [
    part("log", ["a", { b: 1 }]),
    part("other", ["x"]),
    { kind: "pass", codeVersion: "v1", epoch: 2 },
    part("log", ["void"], { epoch: 1 }),
    part("log", ["c"], { epoch: 2 }),
    { kind: "result", ok: true, sort: "unit", key: "/u#0", gen: 0, value: { inline: "[1]" }, epoch: 2 },
  ]);
  const path = `/api/v1/runs/${id}/streams`;
  const all = (await get(w, `${path}?stream=log`)) as { data: unknown; pagination: { next: string } };
  expect(all).toEqual({
    data: ["a", { b: 1 }, "c"].map((chunk) => ({ stream: "log", chunk })),
    pagination: { next: "6-2" },
    isComplete: true,
  });
  expect(await get(w, `${path}?after=2-0`)).toMatchObject({ data: [{ stream: "log", chunk: "c" }] });
  expect(await get(w, `${path}?after=6-2`)).toMatchObject({ data: [], isComplete: true });
});

test("a reader does not look behind a gap of the log", async () => {
  const w = world();
  const id = await trigger(w);
  const claimed = {
    number: 2,
    epoch: 1,
    data: JSON.stringify({ t: 0, by: "p", epoch: 1, ...part("log", ["late"]) }),
  };
  await end(w, id, "completed", {}, [part("log", ["first"])]);
  const { ports } = w;
  const journal = ports.store.journal.bind(ports.store);
  ports.store.journal = async (runId, after) => {
    const page = await journal(runId, after);
    return { ...page, entries: [...page.entries, { ...claimed, number: 3 }] };
  };
  expect(await get(w, `/api/v1/runs/${id}/streams`)).toMatchObject({
    data: [{ stream: "log", chunk: "first" }],
    pagination: { next: "1-0" },
  });
});

test("a cursor that is none and an unknown run are refused", async () => {
  const w = world();
  const id = await trigger(w);
  const code = async (path: string) => (await refusal(await w.send("GET", path))).code;
  expect(await code(`/api/v1/runs/${id}/streams?after=x`)).toBe("HF207");
  expect(await code("/api/v1/runs/run_none/streams")).toBe("HF208");
});

test("streams.read gives the chunks from an index on, and ends with the run", async () => {
  const w = world();
  const id = await trigger(w);
  await end(w, id, "completed", {}, [part("log", ["a", "b"]), part("log", ["c"])]);
  const client = clientOf(w);
  const seen: unknown[] = [];
  for await (const chunk of readStream(client, id, "log", { startIndex: 1 })) seen.push(chunk);
  expect(seen).toEqual(["b", "c"]);
  const all: unknown[] = [];
  for await (const { stream } of chunksOf(client, id, undefined)) all.push(stream);
  expect(all).toEqual(["log", "log", "log"]);
});

test("withStreams gives the run whenever it has changed, and its chunks between, each once; then it ends", async () => {
  const w = world();
  const id = await trigger(w);
  const client = clientOf(w);
  const seen: unknown[] = [];
  const both = subscription(client, changesOf(client, id), undefined).withStreams<{
    log: string;
    n: number;
  }>();
  for await (const each of both) {
    seen.push(each.type === "run" ? each.run.status : [each.type, each.chunk]);
    if (seen.length === 1)
      await end(w, id, "completed", {}, [part("log", ["a"]), part("n", [1]), part("log", ["b"])]);
  }
  expect(seen.filter((each) => typeof each === "string")).toEqual(["QUEUED", "COMPLETED"]);
  expect(seen.filter((each) => typeof each !== "string")).toEqual([
    ["log", "a"],
    ["n", 1],
    ["log", "b"],
  ]);
});

test("of many runs, withStreams reads those that have streams, each chunk once, and ends with the last of a batch", async () => {
  const w = world();
  const items = [0, 1, 2].map((n) => ({ task: "order", payload: n }));
  const made = await w.send("POST", "/api/v2/tasks/batch", { items });
  const { id: batch, runs } = (await made.json()) as { id: string; runs: { id: string }[] };
  const [a = "", b = "", silent = ""] = runs.map(({ id }) => id);
  const read: string[] = [];
  const client = clientOf(w);
  const counted = {
    ...client,
    streamChunks: (...args: Parameters<typeof client.streamChunks>) => {
      read.push(args[0]);
      return client.streamChunks(...args);
    },
  };
  const changes = changesOfList(counted, { batch }, { untilEnd: true });
  const seen: unknown[] = [];
  let looks = 0;
  for await (const each of subscriptionOfMany(counted, changes, undefined).withStreams<{ log: string }>()) {
    if (each.type !== "run") seen.push([each.run.id, each.type, each.chunk]);
    if (++looks !== 1) continue;
    await end(w, silent);
    await end(w, a, "completed", { streams: ["log"] }, [part("log", ["a1"]), part("log", ["a2"])]);
    await end(w, b, "completed", { streams: ["log"] }, [part("log", ["b1"])]);
  }
  expect(seen).toHaveLength(3);
  expect(seen).toEqual(
    expect.arrayContaining([
      [a, "log", "a1"],
      [a, "log", "a2"],
      [b, "log", "b1"],
    ]),
  );
  expect([...new Set(read)].sort()).toEqual([a, b].sort());
});

test("a subscription with streams that is left, or whose signal says so, ends the request that is held for it", async () => {
  const w = world();
  const id = await trigger(w);
  const held: AbortSignal[] = [];
  const client = clientOf(w, held);
  const under = () => held.map(({ aborted }) => aborted);
  const left = subscription(client, changesOf(client, id), undefined).withStreams()[Symbol.asyncIterator]();
  await left.next();
  const waiting = left.next();
  await expect.poll(under).toEqual([false]);
  await end(w, id, "completed", {}, [part("log", ["a"])]);
  await waiting;
  await left.return?.();
  expect(under().at(-1)).toBe(true);

  const other = await trigger(w);
  const ending = new AbortController();
  const changes = changesOf(client, other, { signal: ending.signal });
  const told = subscription(client, changes, ending.signal).withStreams()[Symbol.asyncIterator]();
  await told.next();
  const last = told.next();
  const count = held.length;
  await expect.poll(() => held.length).toBe(count + 1);
  ending.abort();
  expect(await last).toMatchObject({ done: true });
  expect(under().at(-1)).toBe(true);
});
