/** The route that sends to a run's input streams. */
import { afterEach, expect, expectTypeOf, test } from "vitest";
import { configure } from "../../sdk/config.ts";
import type { InferInputStreamType, RealtimeDefinedInputStream } from "../../sdk/input-stream-forms.ts";
import { streams } from "../../sdk/streams.ts";
import type { TransportRequest } from "../../sdk/transport.ts";
import { end, refusal, trigger, type World, world } from "./world.ts";

afterEach(() => configure({ baseURL: "http://localhost:7474" }));

const path = (run: string, stream = "approval"): string => `/realtime/v1/streams/${run}/input/${stream}`;
const inboxOf = async (w: World, id: string) =>
  (await w.ports.store.inbox(id)).map(({ data }) => JSON.parse(data) as unknown);

test("what is sent lies in the run's inbox, in its order, and wakes the run; the same request counts once", async () => {
  const w = world();
  const id = await trigger(w);
  w.rings();
  const again = { "x-trigger-request-idempotency-key": "one" };
  for (const data of [{ ok: true }, { ok: true }])
    expect(await (await w.send("POST", path(id), { data }, again)).json()).toEqual({ ok: true });
  await w.send("POST", path(id, "a%2Fb"), { data: "x" });
  await w.send("POST", path(id), {});
  expect(await inboxOf(w, id)).toEqual([
    { stream: "approval", value: { inline: 'j{"ok":true}' } },
    { stream: "a/b", value: { inline: 'j"x"' } },
    { stream: "approval", value: { inline: "d-1" } },
  ]);
  expect(w.rings()).toEqual([id, id, id, id]);
});

test("a delayed run is not started by it", async () => {
  const w = world();
  const id = await trigger(w, { payload: 1, options: { delay: "1h" } });
  const { wakeAt } = (await w.ports.store.read(id)) ?? {};
  await w.send("POST", path(id), { data: 1 });
  expect(await w.ports.store.read(id)).toMatchObject({ status: "DELAYED", wakeAt });
  expect(await inboxOf(w, id)).toHaveLength(1);
});

test("an unknown run, one that has ended, a token, too much, and other bodies are refused", async () => {
  const w = world();
  const id = await trigger(w);
  const code = async (of: string, body: unknown) => (await refusal(await w.send("POST", of, body))).code;
  expect(await code(path("run_none"), { data: 1 })).toBe("HF208");
  expect(await code(path(id), { data: 1, more: 2 })).toBe("HF207");
  expect(await code(path(id), { data: "x".repeat(1_048_576) })).toBe("HF520");
  const token = (await (await w.send("POST", "/api/v1/waitpoints/tokens", {})).json()) as { id: string };
  expect(await code(path(token.id), { data: 1 })).toBe("HF208");
  await end(w, id, "completed", {});
  expect(await code(path(id), { data: 1 })).toBe("HF209");
  expect(await inboxOf(w, id)).toEqual([]);
});

test("streams.input sends from outside, each call once", async () => {
  const w = world();
  const id = await trigger(w);
  const keys: unknown[] = [];
  const request = async ({ method, path: to, body, headers }: TransportRequest) => {
    keys.push(headers["x-trigger-request-idempotency-key"]);
    return w.send(method, to, JSON.parse(String(body)), headers);
  };
  configure({ transport: { address: "here", request } });
  const approval = streams.input<{ ok: boolean }>({ id: "approval" });
  await approval.send(id, { ok: true });
  await approval.send(id, { ok: true });
  expect(await inboxOf(w, id)).toHaveLength(2);
  expect(new Set(keys).size).toBe(2);
});

test("nothing else of an input stream goes outside of a run; wait says so in Trigger.dev's words", async () => {
  const approval = streams.input({ id: "approval" });
  const words = "inputStream.wait() can only be used from inside a task.run()";
  await expect(approval.wait()).rejects.toThrow(words);
  await expect(approval.wait().unwrap()).rejects.toThrow(words);
  await expect(approval.waitWithIdleTimeout({ idleTimeoutInSeconds: 1 })).rejects.toThrow(words);
  for (const call of [() => approval.on(() => {}), () => approval.once(), () => approval.peek()])
    expect(call).toThrow("HF501");
});

test("an input stream has the types of Trigger.dev's", () => {
  const approval = streams.input<{ ok: boolean }>({ id: "approval" });
  type Data = { ok: boolean };
  expectTypeOf(approval).toEqualTypeOf<RealtimeDefinedInputStream<Data>>();
  expectTypeOf<InferInputStreamType<typeof approval>>().toEqualTypeOf<Data>();
  expectTypeOf(approval.peek).returns.toEqualTypeOf<Data | undefined>();
  expectTypeOf(approval.on).parameter(0).toEqualTypeOf<(data: Data) => void | Promise<void>>();
  expectTypeOf(approval.once)
    .parameter(0)
    .toExtend<{ timeoutMs?: number; signal?: AbortSignal } | undefined>();
  type Once = ReturnType<typeof approval.once>;
  type Wait = ReturnType<typeof approval.wait>;
  expectTypeOf<Awaited<ReturnType<Once["unwrap"]>>>().toEqualTypeOf<Data>();
  expectTypeOf<Awaited<ReturnType<Wait["unwrap"]>>>().toEqualTypeOf<Data>();
  expectTypeOf<Extract<Awaited<Once>, { ok: false }>["error"]>().toExtend<{
    streamId: string;
    timeoutMs: number;
  }>();
  expectTypeOf<Extract<Awaited<Wait>, { ok: true }>["output"]>().toEqualTypeOf<Data>();
  expectTypeOf(approval.send).parameters.toEqualTypeOf<[string, Data]>();
});
