/** Streams of runs, written over HTTP and by the SDK from outside of runs; what others wrote to a run is read with its own chunks. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { sendChunks } from "../../engine/sending.ts";
import { configure } from "../../sdk/config.ts";
import { streams } from "../../sdk/streams.ts";
import { end, key, trigger, type World, world } from "./world.ts";

beforeEach(() => configure({ secretKey: key, baseURL: "http://localhost:7474" }));
afterEach(() => vi.unstubAllGlobals());

const serve = (w: World): void =>
  void vi.stubGlobal("fetch", async (input: string | URL | Request, init?: RequestInit) =>
    w.app.request(new Request(input, init)),
  );
const append = (w: World, path: string, body: string, headers: Record<string, string> = {}) =>
  w.app.request(`/realtime/v1/streams/${path}/append`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, ...headers },
    body,
  });
/** What a run's inbox holds for readers of its stream. */
const sent = async (w: World, id: string) =>
  (await w.ports.store.inbox(id)).map(({ data }) => {
    const { stream, out } = JSON.parse(data) as { stream: string; out?: true };
    return [stream, out];
  });
const read = async (w: World, id: string, after = "") =>
  (await (await w.send("GET", `/api/v1/runs/${id}/streams${after}`)).json()) as {
    data: { stream: string; chunk: unknown }[];
    pagination: { next: string };
    isComplete: boolean;
  };

describe("POST /realtime/v1/streams/:id/:target/:stream/append", () => {
  test("adds what JSON says, or a text, in the order in which it was sent; readers get it, also when no pass has taken it", async () => {
    const w = world();
    const id = (await trigger(w)) as string;
    for (const body of ['{"a":1}', "plain words", '"quoted"', "7"])
      expect((await append(w, `${id}/self/log`, body)).status).toBe(200);
    expect(await sent(w, id)).toEqual(Array(4).fill(["log", true]));
    await end(w, id, "completed");
    const { data, pagination, isComplete } = await read(w, id);
    expect([data.map(({ chunk }) => chunk), isComplete]).toEqual([
      [{ a: 1 }, "plain words", "quoted", 7],
      true,
    ]);
    expect((await read(w, id, `?after=${pagination.next}`)).data).toEqual([]);
    expect((await read(w, id, "?stream=other")).data).toEqual([]);
  });

  test("adds the same request once", async () => {
    const w = world();
    const id = (await trigger(w)) as string;
    const same = { "x-trigger-request-idempotency-key": "one" };
    await append(w, `${id}/self/log`, "a", same);
    await append(w, `${id}/self/log`, "a", same);
    await append(w, `${id}/self/log`, "a");
    expect(await w.ports.store.inbox(id)).toHaveLength(2);
  });

  test("refuses an ended run, one that there is not, a target that is none, and too much", async () => {
    const w = world();
    const [open, over] = [(await trigger(w)) as string, (await trigger(w)) as string];
    await end(w, over, "completed");
    const codes = await Promise.all(
      [
        append(w, `${over}/self/log`, "a"),
        append(w, "run_none/self/log", "a"),
        append(w, `${open}/child/log`, "a"),
        append(w, `${open}/self/log`, "x".repeat(262_145)),
      ].map(async (answer) => (await answer).status),
    );
    expect(codes).toEqual([409, 404, 422, 422]);
    expect(await w.ports.store.inbox(open)).toHaveLength(0);
  });
});

describe("from outside of runs", () => {
  const chunksOf = async (w: World, id: string) => {
    await end(w, id, "completed");
    return (await read(w, id)).data;
  };

  test("append, pipe and writer write the stream of the run that target names", async () => {
    const w = world();
    serve(w);
    const id = (await trigger(w)) as string;
    const log = streams.define<unknown>({ id: "log" });
    await log.append("a", { target: id });
    const { stream, waitUntilComplete } = streams.pipe(
      "log",
      new Blob(["b"]).stream().pipeThrough(new TextDecoderStream()),
      {
        target: id,
      },
    );
    await waitUntilComplete();
    const seen: unknown[] = [];
    for await (const chunk of stream) seen.push(chunk);
    expect([stream instanceof ReadableStream, seen]).toEqual([true, ["b"]]);
    await log
      .writer({
        target: id,
        execute: ({ write, merge }) => {
          write("c");
          merge(
            (async function* () {
              yield "d";
            })(),
          );
        },
      })
      .waitUntilComplete();
    expect((await chunksOf(w, id)).map(({ stream: of, chunk }) => `${of} ${chunk}`)).toEqual([
      "log a",
      "log b",
      "log c",
      "log d",
    ]);
  });

  test("what cannot be sent rejects, and leaves what came before", async () => {
    const w = world();
    serve(w);
    const id = (await trigger(w)) as string;
    const source = (async function* () {
      yield "a";
      yield 1n;
    })();
    await expect(streams.pipe("log", source, { target: id }).waitUntilComplete()).rejects.toThrow();
    await expect(streams.append("log", "x", { target: "run_none" })).rejects.toMatchObject({ status: 404 });
    expect((await chunksOf(w, id)).map(({ chunk }) => chunk)).toEqual(["a"]);
  });

  test.each([undefined, "self", "parent", "root"])(
    "without a run's id nothing is written: target %s",
    async (target) => {
      const options = target === undefined ? {} : { target };
      const call = async () => streams.append("log", "x", options);
      await expect(call()).rejects.toThrow("HF501");
    },
  );
});

test("a run that is to start later is not started by what others write to its stream", async () => {
  const w = world();
  const later = (await trigger(w, { options: { delay: "1h" } })) as string;
  const before = (await w.ports.store.read(later))?.wakeAt;
  await sendChunks(w.ports, { to: later, stream: "log", chunks: [1], request: "r" });
  expect((await w.ports.store.read(later))?.wakeAt).toBe(before);
});
