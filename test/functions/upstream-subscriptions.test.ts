/** What Trigger.dev's own client follows: runs that change, and streams as server-sent events. */
import { describe, expect, test, vi } from "vitest";
import { show } from "../../engine/head-write.ts";
import { auth } from "../../sdk/auth.ts";
import { configure } from "../../sdk/config.ts";
import { end, hold, key, streamed as part, refusal, trigger, type World, world } from "./world.ts";

describe("a subscription", () => {
  interface Message {
    readonly key?: string;
    readonly value?: Readonly<Record<string, unknown>>;
    readonly headers: object;
  }
  const upToDate = { headers: { control: "up-to-date" } };

  async function asked(w: World, path: string, offset: string, more = ""): Promise<[Message[], string]> {
    const mark = path.includes("?") ? "&" : "?";
    const answer = await w.send("GET", `${path}${mark}offset=${offset}${more}`);
    const told = ["electric-handle", "electric-cursor", "electric-schema"].map((name) =>
      answer.headers.get(name),
    );
    expect([answer.status, told]).toEqual([200, [expect.stringMatching(/^runs/), expect.any(String), "{}"]]);
    return [(await answer.json()) as Message[], answer.headers.get("electric-offset") ?? ""];
  }

  test("gives a run as its client's row, and then what changes, held until it does", async () => {
    const w = world();
    const id = await trigger(w);
    const path = `/realtime/v1/runs/${id}`;
    const [first, offset] = await asked(w, path, "-1");
    expect(first).toEqual([
      {
        key: id,
        value: expect.objectContaining({ friendlyId: id, status: "PENDING" }),
        headers: { operation: "insert" },
      },
      upToDate,
    ]);
    expect(first[0]?.value?.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/);
    expect(await asked(w, path, offset)).toEqual([[upToDate], offset]);
    const held = asked(w, path, offset, "&live=true&handle=runs&cursor=x");
    await end(w, id, "completed");
    const [changed, reached] = await held;
    expect(changed[0]).toMatchObject({ key: id, headers: { operation: "update" } });
    expect(changed[0]?.value).toMatchObject({
      status: "COMPLETED_SUCCESSFULLY",
      completedAt: expect.any(String),
    });
    expect(reached).not.toBe(offset);
    const [bare] = await asked(w, `${path}?skipColumns=payload,output`, "-1");
    expect(bare[0]?.value).toMatchObject({ payload: null, output: null, status: "COMPLETED_SUCCESSFULLY" });
  });

  test("leaves out the columns that its public token says, made here or by the server", async () => {
    configure({ secretKey: key, baseURL: "http://localhost:7474" });
    const w = world();
    const id = await trigger(w, { payload: { large: 1 } });
    await end(w, id, "completed");
    const realtime = { skipColumns: ["payload", "startedAt"] };
    const own = await auth.createPublicToken({ scopes: { read: { runs: id } }, realtime });
    const asking = await w.send("POST", "/api/v1/auth/public-tokens", { scopes: ["read:runs"], realtime });
    const { token } = (await asking.json()) as { token: string };
    const shown = async (bearer: string) => {
      const headers = { authorization: `Bearer ${bearer}` };
      const answer = await w.app.request(`/realtime/v1/runs/${id}?offset=-1`, { headers });
      return ((await answer.json()) as Message[])[0]?.value;
    };
    expect(await shown(key)).toMatchObject({ payload: '{"large":1}' });
    for (const bearer of [own, token])
      expect(await shown(bearer)).toMatchObject({ payload: null, status: "COMPLETED_SUCCESSFULLY" });
  });

  test("names the streams of a run, of those of a batch and of a tag, by their heads alone", async () => {
    const ended = () => new Promise<void>((resolve) => setTimeout(resolve, 5));
    const w = world({ waiter: { ended } });
    const items = [0, 1].map((n) => ({ task: "order", payload: n, options: { tags: ["t"] } }));
    const made = await w.send("POST", "/api/v2/tasks/batch", { items });
    const { id: batch, runs } = (await made.json()) as { id: string; runs: { id: string }[] };
    const [one = "", other = ""] = runs.map(({ id }) => id);
    const lease = await hold(w, one);
    const named = (...streams: string[]) =>
      w.ports.store.write(one, show(lease, w.ports.clock.now(), { streams }));
    w.ports.store.journal = async () => {
      throw new Error("A journal was read.");
    };
    const streamsIn = (messages: readonly Message[]) =>
      Object.fromEntries(
        messages.flatMap(({ key: id, value }) => (id === undefined ? [] : [[id, value?.realtimeStreams]])),
      );
    await named("words");
    for (const path of [
      `/realtime/v1/runs/${one}`,
      `/realtime/v1/batches/${batch}`,
      "/realtime/v1/runs?tags=t",
    ]) {
      const [first, offset] = await asked(w, path, "-1");
      expect(streamsIn(first)).toEqual({ [one]: ["words"], ...(path.endsWith(one) ? {} : { [other]: [] }) });
      const held = asked(w, path, offset, "&live=true");
      await new Promise((resolve) => setTimeout(resolve, 2));
      await named("words", "log");
      expect(streamsIn((await held)[0])).toMatchObject({ [one]: ["words", "log"] });
      await new Promise((resolve) => setTimeout(resolve, 2));
      await named("words");
    }
  });

  test("of a batch or a tag gives the runs that have changed", async () => {
    const w = world({ waiter: { ended: async () => {} } });
    const items = [0, 1].map((n) => ({ task: "order", payload: n, options: { tags: ["t"] } }));
    const batch = await w.send("POST", "/api/v2/tasks/batch", { items });
    const { id, runs } = (await batch.json()) as { id: string; runs: { id: string }[] };
    await trigger(w);
    for (const path of [`/realtime/v1/batches/${id}`, "/realtime/v1/runs?tags=t"]) {
      const [rows, offset] = await asked(w, path, "-1");
      expect(rows.map((row) => row.key).sort()).toEqual([...runs.map((run) => run.id), undefined].sort());
      expect((await asked(w, path, offset))[0]).toEqual([upToDate]);
    }
    const [, offset] = await asked(w, `/realtime/v1/batches/${id}`, "-1");
    await new Promise((resolve) => setTimeout(resolve, 2));
    const [one] = runs;
    await end(w, one?.id ?? "", "completed");
    let [lists, reads] = [0, 0];
    const { list, read } = w.ports.store;
    w.ports.store.read = async (runId) => {
      reads += 1;
      return read(runId);
    };
    w.ports.store.list = async (query) => {
      lists += 1;
      return list(query);
    };
    await asked(w, `/realtime/v1/batches/${id}`, offset);
    const held = asked(
      w,
      `/realtime/v1/batches/${id}`,
      (await asked(w, `/realtime/v1/batches/${id}`, "-1"))[1],
      "&live=true",
    );
    // The last answer before has read none: it is held, and has looked twice.
    const before = reads;
    await vi.waitUntil(() => reads >= before + 2);
    const [, other] = runs;
    await end(w, other?.id ?? "", "completed");
    expect((await held)[0].map((row) => row.key)).toContain(other?.id);
    // A batch has no index: a list goes through every run that there is.
    expect(lists).toBe(3);
    const [changed] = await asked(w, `/realtime/v1/batches/${id}`, offset, "&live=true");
    expect(changed.map((row) => row.key)).toContain(one?.id);
  });

  test("of an unknown run, or with an offset that is none, is refused", async () => {
    const w = world();
    const code = async (path: string) => (await refusal(await w.send("GET", path))).code;
    expect(await code("/realtime/v1/runs/run_none?offset=-1")).toBe("HF208");
    expect(await code(`/realtime/v1/runs/${await trigger(w)}?offset=now`)).toBe("HF207");
  });
});

describe("a stream as server-sent events", () => {
  interface Event {
    readonly event: string;
    readonly data: string;
  }
  async function read(w: World, path: string, headers: Record<string, string> = {}): Promise<Event[]> {
    const answer = await w.send("GET", path, undefined, headers);
    expect([answer.headers.get("content-type"), answer.headers.get("x-stream-version")]).toEqual([
      "text/event-stream",
      "v2",
    ]);
    return (await answer.text())
      .split("\n\n")
      .filter(Boolean)
      .map((text) => {
        const [, event = "", data = ""] = /^event: (.*)\ndata: (.*)$/.exec(text) ?? [];
        return { event, data };
      });
  }
  const recordsIn = ({ data }: Event): { seq_num: string; body: string }[] => JSON.parse(data).records;
  const chunksIn = (event: Event | undefined): unknown[] =>
    event === undefined ? [] : recordsIn(event).map(({ body }) => JSON.parse(body).data);

  test("gives each chunk once, and its end with that of the run; who comes back goes on behind its last id", async () => {
    const w = world();
    const id = await trigger(w);
    await end(w, id, "completed", {}, [
      part("log", ["a", { b: 1 }]),
      part("other", ["x"]),
      part("log", ["c"]),
    ]);
    const path = `/realtime/v1/streams/${id}/log`;
    const events = await read(w, path);
    expect([events.map(({ event }) => event), chunksIn(events[0])]).toEqual([
      ["batch"],
      ["a", { b: 1 }, "c"],
    ]);
    expect(await read(w, path, { "last-event-id": "1-0" })).toMatchObject([{ event: "batch" }]);
    expect(chunksIn((await read(w, path, { "last-event-id": "1-0" }))[0])).toEqual(["c"]);
    expect(await read(w, path, { "last-event-id": "3-0" })).toEqual([]);
    expect(await read(w, path, { "x-trigger-stream-start": "latest" })).toEqual([]);
    expect((await refusal(await w.send("GET", path, undefined, { "last-event-id": "x" }))).code).toBe(
      "HF207",
    );
  });

  test("of a run that goes on tells its reader to come back", async () => {
    const w = world();
    const id = await trigger(w);
    const path = `/realtime/v1/streams/${id}/log`;
    const silent = await read(w, path, { "timeout-seconds": "1" });
    expect(silent).toEqual([]);
    const { ports } = w;
    const journal = ports.store.journal.bind(ports.store);
    const entry = {
      number: 1,
      epoch: 0,
      data: JSON.stringify({ t: 0, by: "p", epoch: 0, ...part("log", ["first"]) }),
    };
    ports.store.journal = async (runId, after) =>
      runId === id && after === 0 ? { entries: [entry], more: false } : journal(runId, after);
    const events = await read(w, path);
    expect([events.map(({ event }) => event), chunksIn(events[0])]).toEqual([["batch", "error"], ["first"]]);
  });
});
