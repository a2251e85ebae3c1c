/** `GET /api/v1/runs/:id/logs` where lines lie in one log of all runs: a played log group; CloudWatch itself, by calls, below. */
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { mockClient } from "aws-sdk-client-mock";
import { expect, test } from "vitest";
import { searchBy } from "../../functions/aws/cloudwatch-search.ts";
import { foundLogs } from "../../functions/found-lines.ts";
import { lateMs } from "../../functions/line-in-log.ts";
import { jsonLog } from "../../functions/log.ts";
import { NotSearched } from "../../functions/log-search.ts";
import { printer } from "../../functions/printer.ts";
import { playedLog } from "./played-log.ts";
import { end, get, refusal, trigger, world } from "./world.ts";

/** A run that has begun, in an account whose log other runs write into, too. */
async function account(eventsRead?: number) {
  const time = { shift: 0 };
  const log = playedLog(eventsRead);
  const now = () => Date.now() + time.shift;
  const w = world({ logs: foundLogs("/orders/dispatcher", log.search, now), shift: () => time.shift });
  const id = await trigger(w);
  const begun = async (runId: string) => {
    await end(w, runId);
    return (await w.ports.store.read(runId))?.startedAt ?? 0;
  };
  const print = (runId: string, at: number, message: string, attempt = 1): void => {
    const run = { id: runId, task: "order" } as never;
    printer(jsonLog((line) => log.put(at, line), Date.now))(run, "info", [message], { attempt, pass: 1 });
  };
  const read = (query = "") => get(w, `/api/v1/runs/${id}/logs${query}`);
  return { w, id, log, time, begun, print, read };
}

const said = (answer: Record<string, unknown>): [number, string][] =>
  (answer.data as { number: number; message: string }[]).map(({ number, message }) => [number, message]);
const placeOf = (answer: Record<string, unknown>) =>
  answer.pagination as { readonly next?: string; readonly again?: string };

test("in AWS the lines of a run are found among those of all runs, in their order, page by page, of one attempt or of all", async () => {
  const { id, begun, print, read, log } = await account();
  const at = await begun(id);
  print(id, at + 2, "two");
  print("run_other", at + 2, "another's");
  print(id, at + 3, "three", 2);
  print(id, at + 1, "one");
  log.put(at + 2, "START RequestId: 7");
  const first = await read("?limit=2");
  expect(said(first)).toEqual([
    [1, "one"],
    [2, "two"],
  ]);
  const second = await read(`?limit=2&after=${placeOf(first).next}`);
  expect([said(second), placeOf(second).next]).toEqual([[[3, "three"]], undefined]);
  expect(said(await read("?attempt=2"))).toEqual([[1, "three"]]);
  expect(first).toMatchObject({
    run: { id },
    data: [{ time: new Date(at + 1).toISOString(), level: "info", attempt: 1, pass: 1 }, {}],
    logGroup: "/orders/dispatcher",
    query: expect.stringContaining(`filter runId = "${id}" and by = "task"`),
  });
});

test("only the time in which the run lived is searched, and nothing at all before it has begun", async () => {
  const { w, id, begun, read, log } = await account();
  expect([(await read()).data, log.asked]).toEqual([[], []]);
  const at = await begun(id);
  await read();
  const { from = 0, until = 0 } = log.asked[0] ?? {};
  const { finishedAt = 0 } = (await w.ports.store.read(id)) ?? {};
  expect([at - from, until - finishedAt]).toEqual([60_000, lateMs]);
});

test("a search that has not come to its end says where it goes on, also with nothing found yet", async () => {
  const { id, begun, print, read } = await account(3);
  const at = await begun(id);
  for (let n = 0; n < 3; n++) print("run_other", at + n, "another's");
  print(id, at + 5, "found");
  const first = await read();
  expect([first.data, placeOf(first)]).toEqual([[], { next: expect.any(String) }]);
  expect(said(await read(`?after=${placeOf(first).next}`))).toEqual([[1, "found"]]);
});

test("behind the end `again` tells what is late and what is new, with the numbers of their order; none once nothing comes any more", async () => {
  const { id, begun, print, read, time } = await account();
  const at = await begun(id);
  print(id, at, "old");
  time.shift = lateMs + 10_000;
  print(id, at + 30_000, "young");
  const first = await read();
  expect(said(first)).toEqual([
    [1, "old"],
    [2, "young"],
  ]);
  expect(placeOf(first)).toEqual({}); // it has ended more than a minute ago
  time.shift = 30_000;
  const live = await read();
  expect(said(live)).toHaveLength(2);
  print(id, at + 20_000, "late");
  print(id, at + 31_000, "new");
  const second = await read(`?after=${placeOf(live).again}`);
  expect(said(second)).toEqual([
    [1, "old"],
    [2, "late"],
    [3, "young"],
    [4, "new"],
  ]);
});

test("what is older than a line can be late is not told again, however many pages there were", async () => {
  const { w, id, print, time, log } = await account();
  const at = Date.now();
  // Begun, and not ended.
  const { claim } = await import("../../engine/head-write.ts");
  await w.ports.store.write(id, claim("a pass", at));
  for (let n = 0; n < 5; n++) print(id, at + n, `old ${n}`);
  time.shift = lateMs + 60_000;
  for (let n = 5; n < 8; n++) print(id, at + lateMs + 30_000 + n, `young ${n}`);
  let answer = await get(w, `/api/v1/runs/${id}/logs?limit=3`);
  while (placeOf(answer).next !== undefined)
    answer = await get(w, `/api/v1/runs/${id}/logs?limit=3&after=${placeOf(answer).next}`);
  for (let look = 0; look < 3; look++) {
    const before = log.asked.length;
    answer = await get(w, `/api/v1/runs/${id}/logs?after=${placeOf(answer).again}`);
    expect(said(answer).map(([number]) => number)).toEqual([6, 7, 8]);
    expect(log.asked.length - before).toBe(1);
  }
});

test("a log that does not let itself be searched is named, with a query; a place that nobody has given is refused", async () => {
  const { w, id, begun, log } = await account();
  await begun(id);
  log.state.isBusy = true;
  const response = await w.send("GET", `/api/v1/runs/${id}/logs`);
  const { logGroup, query } = (await response.clone().json()) as Record<string, string>;
  const answer = await refusal(response);
  expect(answer).toMatchObject({ status: 501, code: "HF531" });
  expect(answer.error).toContain("/orders/dispatcher");
  expect(answer.fix).toContain(String(query));
  expect([logGroup, query]).toEqual([
    "/orders/dispatcher",
    expect.stringContaining(`filter runId = "${id}" and by = "task"`),
  ]);
  expect(w.logged).toMatchObject([{ level: "warn", message: "A log could not be searched" }]);
  const forged = Buffer.from(JSON.stringify({ from: 0, count: 0, group: "/others" })).toString("base64url");
  for (const query of ["limit=0", "after=x", "after=7", `after=${forged}`])
    expect([query, (await w.send("GET", `/api/v1/runs/${id}/logs?${query}`)).status]).toEqual([query, 422]);
  expect(await refusal(await w.send("GET", "/api/v1/runs/run_none/logs"))).toMatchObject({ status: 404 });
});

const search = { group: "/orders", pattern: "{ $.a = 1 }", from: 7, limit: 10 };
const event = (eventId: string, message = "m") => ({ eventId, timestamp: 7, message });

/** CloudWatch, as aws-sdk-client-mock plays it. */
function cloud() {
  const client = new CloudWatchLogsClient({ region: "eu-central-1" });
  const mock = mockClient(client);
  const inputs = () => mock.commandCalls(FilterLogEventsCommand).map(({ args }) => args[0].input);
  return { client, mock, inputs, on: mock.on(FilterLogEventsCommand) };
}
const failing = (name: string) => Object.assign(new Error("not now"), { name });
const many = { calls: 3, ms: 60_000, chars: 1_000 };

test("a search asks for pages, empty ones too, until it has what it wants, and for no event more", async () => {
  const { client, inputs, on } = cloud();
  on.resolvesOnce({ events: [event("a")], nextToken: "1" })
    .resolvesOnce({ events: [], nextToken: "2" })
    .resolvesOnce({ events: [event("b")] });
  const wanted = { ...search, until: 9, newestFirst: true } as const;
  expect(await searchBy(client, wanted, many)).toEqual({
    events: [
      { id: "a", time: 7, text: "m" },
      { id: "b", time: 7, text: "m" },
    ],
  });
  const same = { logGroupName: "/orders", filterPattern: "{ $.a = 1 }", startTime: 7, endTime: 9 };
  expect(inputs()).toEqual([
    { ...same, startFromHead: false, limit: 10 },
    { ...same, startFromHead: false, limit: 9, nextToken: "1" },
    { ...same, startFromHead: false, limit: 9, nextToken: "2" },
  ]);
});

test("a search ends behind so many calls, so much text, or the events that were wanted, with the place to go on from", async () => {
  const { client, inputs, on } = cloud();
  on.resolves({ events: [event("a")], nextToken: "more" });
  expect(await searchBy(client, search, many)).toMatchObject({ events: [{}, {}, {}], token: "more" });
  expect(await searchBy(client, { ...search, limit: 1 }, many)).toMatchObject({
    events: [{}],
    token: "more",
  });
  on.resolves({ events: [event("a", "x".repeat(2_000))], nextToken: "more" });
  expect(await searchBy(client, search, many)).toMatchObject({ events: [{}], token: "more" });
  expect(inputs()).toHaveLength(5);
});

test("a search whose time is over, or of which too much is asked, gives what it has; one that has nothing says so", async () => {
  const { client, on } = cloud();
  on.resolvesOnce({ events: [event("a")], nextToken: "1" }).rejects(failing("ThrottlingException"));
  expect(await searchBy(client, search, many)).toMatchObject({ events: [{ id: "a" }], token: "1" });
  for (const name of [
    "ThrottlingException",
    "AccessDeniedException",
    "ResourceNotFoundException",
    "AbortError",
  ]) {
    on.rejects(failing(name));
    await expect(searchBy(client, search, many)).rejects.toThrow(NotSearched);
  }
});

test("a token that CloudWatch does not take any more is the caller's: begin anew", async () => {
  const { client, on } = cloud();
  on.rejects(failing("InvalidParameterException"));
  await expect(searchBy(client, { ...search, token: "old" }, many)).rejects.toThrow(/HF207 .*after/);
  await expect(searchBy(client, search, many)).rejects.toThrow(NotSearched);
});
