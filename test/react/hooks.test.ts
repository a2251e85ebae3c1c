/** The hooks on a page, over real HTTP, with public tokens only. */
import "./dom.ts";
import { act, cleanup, configure as configureLibrary, renderHook, waitFor } from "@testing-library/react";
import { createElement, type ReactNode } from "react";
import { afterEach, beforeEach, expect, expectTypeOf, test } from "vitest";
import { createToken, readToken } from "../../engine/tokens.ts";
import type { HttpServer } from "../../local/server.ts";
import { auth } from "../../sdk/auth.ts";
import { configure } from "../../sdk/config.ts";
import type { PublicTokenScopes } from "../../sdk/public-token.ts";
import {
  TriggerAuthContext,
  useInputStreamSend,
  useRealtimeBatch,
  useRealtimeRun,
  useRealtimeRunsWithTag,
  useRealtimeRunWithStreams,
  useRealtimeStream,
  useRealtimeTaskTrigger,
  useRealtimeTaskTriggerWithStreams,
  useRun,
  useTaskTrigger,
  useWaitToken,
} from "../../sdk/react/index.ts";
import { streams } from "../../sdk/streams.ts";
import type { Task } from "../../sdk/task.ts";
import { end, key, streamed, trigger, type World, world } from "../functions/world.ts";
import { serveHttp } from "../local/serve-http.ts";

type Order = Task<"order", { n: number }, { shipped: boolean }>;

// A second is little for a request on a busy machine.
configureLibrary({ asyncUtilTimeout: 30_000 });

let w: World;
let server: HttpServer;
let options: { readonly baseURL: string };

beforeEach(async () => {
  w = world();
  server = await serveHttp(w.app.fetch, 0);
  options = { baseURL: server.url };
  configure({ secretKey: key, baseURL: server.url });
});
afterEach(async () => {
  cleanup();
  await server.close(0);
});

const token = (scopes: PublicTokenScopes) => auth.createPublicToken({ scopes });

test("useRealtimeRun shows a run up to its end, and tells of that once", async () => {
  const id = (await trigger(w)) ?? "";
  const accessToken = await token({ read: { runs: id } });
  const told: string[] = [];
  const { result } = renderHook(() =>
    useRealtimeRun<Order>(id, { ...options, accessToken, onComplete: (run) => told.push(run.status) }),
  );
  await waitFor(() => expect(result.current.run?.status).toBe("QUEUED"));
  await end(w, id, "completed", { output: { shipped: true } });
  await waitFor(() => expect(result.current.run?.output).toEqual({ shipped: true }), { timeout: 60_000 });
  expect(told).toEqual(["COMPLETED"]);
  expectTypeOf(result.current.run?.output).toEqualTypeOf<{ shipped: boolean } | undefined>();
});

test("useRun shows a run as it is, and again when the window gets the focus or the interval is over", async () => {
  const id = (await trigger(w)) ?? "";
  const accessToken = await token({ read: { runs: id } });
  const once = renderHook(() => useRun<Order>(id, { ...options, accessToken }));
  const often = renderHook(() => useRun<Order>(id, { ...options, accessToken, refreshInterval: 5 }));
  const unasked = renderHook(() =>
    useRun(id, { ...options, accessToken, revalidateOnFocus: false, revalidateOnReconnect: false }),
  );
  expect(once.result.current).toMatchObject({ run: undefined, isLoading: true, isError: false });
  for (const { result } of [once, often, unasked])
    await waitFor(() =>
      expect(result.current).toMatchObject({ run: { status: "QUEUED" }, isLoading: false }),
    );
  await end(w, id, "completed", { output: { shipped: true } });
  await waitFor(() => expect(often.result.current.run?.output).toEqual({ shipped: true }));
  expect(once.result.current.run?.status).toBe("QUEUED");
  act(() => void window.dispatchEvent(new window.Event("focus")));
  await waitFor(() => expect(once.result.current.run?.output).toEqual({ shipped: true }));
  expect(unasked.result.current.run?.status).toBe("QUEUED");
  expectTypeOf(once.result.current.run?.output).toEqualTypeOf<{ shipped: boolean } | undefined>();
});

test("useRun of a run that the token does not let see is an error; another id is looked at anew", async () => {
  const id = (await trigger(w)) ?? "";
  const accessToken = await token({ read: { runs: id } });
  const { result, rerender } = renderHook(({ runId }) => useRun(runId, { ...options, accessToken }), {
    initialProps: { runId: "run_other" },
  });
  await waitFor(() => expect(result.current).toMatchObject({ isError: true, isLoading: false }));
  expect(result.current.error?.message).toMatch(/HF216/);
  rerender({ runId: id });
  expect(result.current).toMatchObject({ run: undefined, error: undefined, isLoading: true });
  await waitFor(() => expect(result.current).toMatchObject({ run: { id }, isError: false }));
});

test("what the token does not let see is an error, and nothing is looked at before there is an id", async () => {
  const id = (await trigger(w)) ?? "";
  const accessToken = await token({ read: { runs: "run_other" } });
  const { result, rerender } = renderHook(
    ({ runId }: { runId: string | undefined }) => useRealtimeRun(runId, { ...options, accessToken }),
    { initialProps: { runId: undefined as string | undefined } },
  );
  expect(result.current).toMatchObject({ run: undefined, error: undefined });
  rerender({ runId: id });
  await waitFor(() => expect(result.current.error?.message).toMatch(/HF216/));
  expect(result.current.run).toBeUndefined();
});

test("useRealtimeRunsWithTag and useRealtimeBatch show the runs that belong together", async () => {
  const [one] = [
    await trigger(w, { options: { tags: "user_1" } }),
    await trigger(w, { options: { tags: "user_2" } }),
  ];
  const byTag = await token({ read: { tags: "user_1" } });
  const tagged = renderHook(() => useRealtimeRunsWithTag("user_1", { ...options, accessToken: byTag }));
  await waitFor(() => expect(tagged.result.current.runs.map(({ id }) => id)).toEqual([one]));
  const two = await trigger(w, { options: { tags: ["user_1"] } });
  await waitFor(() => expect(tagged.result.current.runs.map(({ id }) => id)).toEqual([one, two]), {
    timeout: 60_000,
  });

  const items = [{ task: "order", payload: 1 }, { task: "report" }];
  const made = (await (await w.send("POST", "/api/v2/tasks/batch", { items })).json()) as {
    id: string;
    runs: { id: string }[];
  };
  const byBatch = await token({ read: { batch: made.id } });
  const batched = renderHook(() => useRealtimeBatch(made.id, { ...options, accessToken: byBatch }));
  const ids = made.runs.map(({ id }) => id).sort();
  await waitFor(() => expect(batched.result.current.runs.map(({ id }) => id).sort()).toEqual(ids));
  for (const id of ids) await end(w, id, "completed", { output: "done" });
  await waitFor(() => expect(batched.result.current.runs.every((run) => run.isCompleted)).toBe(true), {
    timeout: 60_000,
  });
});

test("useRealtimeTaskTrigger starts a run and shows it, with a token that may start and see nothing else", async () => {
  const accessToken = await auth.createTriggerPublicToken("order");
  const wrapper = ({ children }: { children: ReactNode }) =>
    createElement(TriggerAuthContext.Provider, { value: { ...options, accessToken } }, children);
  const { result } = renderHook(() => useRealtimeTaskTrigger<Order>("order"), { wrapper });
  expect(result.current.isLoading).toBe(false);
  act(() => result.current.submit({ n: 7 }));
  expect(result.current.isLoading).toBe(true);
  await waitFor(() => expect(result.current.run?.payload).toEqual({ n: 7 }));
  await end(w, result.current.handle?.id ?? "", "completed", { output: { shipped: true } });
  await waitFor(() => expect(result.current.run?.isSuccess).toBe(true), { timeout: 60_000 });
  // @ts-expect-error: a payload of another form
  const wrong = () => result.current.submit({ m: 1 });
  expect(wrong).toBeTypeOf("function");
});

test("useTaskTrigger tells what goes wrong", async () => {
  const accessToken = await auth.createTriggerPublicToken("report");
  const { result } = renderHook(() => useTaskTrigger("order", { ...options, accessToken }));
  act(() => result.current.submit({ n: 7 }));
  await waitFor(() => expect(result.current.error?.message).toMatch(/HF216/));
  expect(result.current).toMatchObject({ isLoading: false, handle: undefined });
});

test("useWaitToken completes a token with the token's own access token", async () => {
  const { head } = await createToken(w.ports, { codeVersion: "v" });
  const accessToken = await token({ write: { waitpoints: head.id } });
  const { result } = renderHook(() => useWaitToken(head.id, { ...options, accessToken }));
  expect(result.current.isReady).toBe(true);
  await act(() => result.current.complete({ approved: true }));
  await waitFor(() => expect(result.current.isCompleted).toBe(true));
  expect((await readToken(w.ports, head.id)).status).toBe("COMPLETED");
});

test("useRealtimeRunWithStreams shows a run and all that it streams; useRealtimeStream one stream, from an index on", async () => {
  const id = (await trigger(w)) ?? "";
  const read = { ...options, accessToken: await token({ read: { runs: id } }) };
  const ended: string[] = [];
  const both = renderHook(() =>
    useRealtimeRunWithStreams<Order, { words: string; rows: number }>(id, {
      ...read,
      onComplete: (run) => ended.push(run.status),
    }),
  );
  await waitFor(() => expect(both.result.current.run?.status).toBe("QUEUED"));
  await end(w, id, "completed", { output: { shipped: true } }, [
    streamed("words", ["a", "b"]),
    streamed("rows", [1]),
    streamed("words", ["c"]),
  ]);
  await waitFor(() => expect(both.result.current.run?.isCompleted).toBe(true), { timeout: 60_000 });
  await waitFor(() => expect(both.result.current.streams).toEqual({ words: ["a", "b", "c"], rows: [1] }), {
    timeout: 60_000,
  });
  expect(ended).toEqual(["COMPLETED"]);
  expectTypeOf(both.result.current.streams.words).toEqualTypeOf<string[] | undefined>();

  const words = streams.define<string>({ id: "words" });
  const heard: string[] = [];
  const one = renderHook(() => useRealtimeStream(words, id, { ...read, onData: (word) => heard.push(word) }));
  await waitFor(() => expect(one.result.current.parts).toEqual(["a", "b", "c"]));
  expect(heard).toEqual(["a", "b", "c"]);
  expectTypeOf(one.result.current.parts).toEqualTypeOf<readonly string[]>();
  const behind = renderHook(() => useRealtimeStream<string>(id, "words", { ...read, startIndex: 2 }));
  await waitFor(() => expect(behind.result.current.parts).toEqual(["c"]));
});

test("useInputStreamSend sends to the run that its token names; what goes wrong is an error", async () => {
  const id = (await trigger(w)) ?? "";
  const other = (await trigger(w)) ?? "";
  const accessToken = await token({ write: { inputStreams: id } });
  const { result, rerender } = renderHook(
    ({ to }: { to?: string }) =>
      useInputStreamSend<{ ok: boolean }>("approval", to, { ...options, accessToken }),
    { initialProps: {} as { to?: string } },
  );
  expect(result.current).toMatchObject({ isReady: false, isLoading: false });
  act(() => result.current.send({ ok: false }));
  await waitFor(() => expect(result.current.error?.message).toBe("There is no run to send to yet."));
  rerender({ to: id });
  expect(result.current.isReady).toBe(true);
  act(() => result.current.send({ ok: true }));
  expect(result.current.isLoading).toBe(true);
  await waitFor(() => expect(result.current).toMatchObject({ isLoading: false, error: undefined }));
  const items = await w.ports.store.inbox(id);
  expect(items.map(({ data }) => data).join()).toContain("approval");
  rerender({ to: other });
  act(() => result.current.send({ ok: true }));
  await waitFor(() => expect(result.current.error?.message).toMatch(/HF216/));
  expect(await w.ports.store.inbox(other)).toEqual([]);
});

test("useRealtimeTaskTriggerWithStreams starts a run and shows it with what it streams", async () => {
  const accessToken = await auth.createTriggerPublicToken("order");
  const { result } = renderHook(() =>
    useRealtimeTaskTriggerWithStreams<Order, { words: string }>("order", { ...options, accessToken }),
  );
  act(() => result.current.submit({ n: 7 }));
  await waitFor(() => expect(result.current.run?.status).toBe("QUEUED"), { timeout: 60_000 });
  const id = result.current.handle?.id ?? "";
  await end(w, id, "completed", { output: { shipped: true } }, [streamed("words", ["a", "b"])]);
  await waitFor(() => expect(result.current.streams).toEqual({ words: ["a", "b"] }), { timeout: 60_000 });
});
