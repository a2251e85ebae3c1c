/** Input streams: what is sent to a run is got once, in order, and the same in any schedule of crashes. */
import { expect, test } from "vitest";
import type { JournalRecord } from "../../engine/record.ts";
import { imports, kitOf, outside } from "./kit.ts";

const head = `${imports}
import { streams } from "holdfast";
const inbox = streams.input<any>({ id: "inbox" });
const other = streams.input<any>({ id: "other" });
export const sender = task({ id: "sender", run: async ({ to, items, after = 0 }: { to: string; items: unknown[]; after?: number }) => {
  if (after > 0) await wait.for({ seconds: after });
  for (const item of items) await inbox.send(to, item);
} });
`;
const taskOf = (body: string): string =>
  `${head}export const t = task({ id: "t", run: async (_: unknown, { ctx }) => {
     const id = ctx.run.id;
     const later = (after: number, ...items: unknown[]) => sender.trigger({ to: id, items, after });
     ${body}
   } });`;

const stored = (journal: unknown, kind: string): readonly JournalRecord[] =>
  (journal as readonly JournalRecord[]).filter((record) => record.kind === kind);

test.each([
  [
    "wait gets what is sent while the run is put away",
    `await later(3600, { ok: 1 }); return await inbox.wait().unwrap();`,
    { ok: 1 },
  ],
  [
    "once does, and says so in its result",
    `await later(3600, "a"); return await inbox.once();`,
    { ok: true, output: "a" },
  ],
  [
    "what was sent before anybody listens is kept, in its order, and each await gets its own",
    `await inbox.send(id, 1); await inbox.send(id, 2); await wait.for({ hours: 1 }); await inbox.send(id, 3);
     return [await inbox.once().unwrap(), await inbox.wait().unwrap(), await inbox.once().unwrap()];`,
    [1, 2, 3],
  ],
  [
    "awaits at once get one each, the first one the first",
    `await later(60, "a", "b"); return await Promise.all([inbox.wait().unwrap(), inbox.wait().unwrap()]);`,
    ["a", "b"],
  ],
  [
    "streams are apart",
    `await other.send(id, "x"); await inbox.send(id, "y"); return [await inbox.wait().unwrap(), await other.wait().unwrap()];`,
    ["y", "x"],
  ],
  [
    "on is told of all that comes, and at once of what has come",
    `const seen: unknown[] = []; await inbox.send(id, 1); await wait.for({ seconds: 5 });
     inbox.on((data) => { seen.push(data); });
     await later(60, 2, 3); await wait.for({ hours: 1 }); return seen;`,
    [1, 2, 3],
  ],
  [
    "on, ended, is told of nothing more, and what comes then is kept",
    `const seen: unknown[] = []; const { off } = inbox.on((data) => { seen.push(data); });
     await inbox.send(id, 1); await wait.for({ seconds: 5 }); off();
     await inbox.send(id, 2); await wait.for({ seconds: 5 }); return [seen, inbox.peek(), inbox.peek()];`,
    [[1], 2, 2],
  ],
  [
    "what a handler awaits is recorded",
    `const seen: unknown[] = []; inbox.on(async (data) => { seen.push(await outside.act(data)); });
     await later(60, 1, 2); await wait.for({ hours: 1 }); return seen;`,
    [1, 2],
  ],
  [
    "peek sees nothing, then what has come, then what is left",
    `const seen = [inbox.peek()]; await inbox.send(id, 1); await inbox.send(id, 2); await wait.for({ seconds: 5 });
     seen.push(inbox.peek()); await inbox.once(); seen.push(inbox.peek()); await wait.for({ days: 1 });
     seen.push(inbox.peek()); await inbox.once(); seen.push(inbox.peek()); return seen;`,
    [undefined, 1, 2, 2, undefined],
  ],
  [
    "a time that is over ends once, and what comes later is another's",
    `const early = await inbox.once({ timeoutMs: 60_000 }); await later(60, "late");
     return [early.ok, String((early as any).error), (early as any).error.streamId, await inbox.wait({ timeout: "1h" })];`,
    [
      false,
      'InputStreamTimeoutError: Timeout waiting for input stream "inbox" after 60000ms',
      "inbox",
      { ok: true, output: "late" },
    ],
  ],
  [
    "a time that is over ends wait, whose unwrap throws",
    `const seen = [(await inbox.wait({ timeout: "2h" })).ok];
     try { await inbox.wait({ timeout: "1s" }).unwrap(); } catch (error) { seen.push((error as any).name); } return seen;`,
    [false, "WaitpointTimeoutError"],
  ],
  [
    "waits with one key get the same",
    `await later(60, "a", "b");
     const both = await Promise.all([inbox.wait({ idempotencyKey: "k" }).unwrap(), inbox.wait({ idempotencyKey: "k" }).unwrap()]);
     return [both, await inbox.wait({ idempotencyKey: "l" }).unwrap()];`,
    [["a", "a"], "b"],
  ],
  [
    "waitWithIdleTimeout calls its functions where nothing came in the first time",
    `const seen: unknown[] = []; const onSuspend = async () => void seen.push(await outside.act("suspend"));
     const onResume = () => { seen.push("resume"); };
     await inbox.send(id, "warm");
     seen.push(await inbox.waitWithIdleTimeout({ idleTimeoutInSeconds: 30, onSuspend, onResume }));
     await later(3600, "cold");
     seen.push(await inbox.waitWithIdleTimeout({ idleTimeoutInSeconds: 30, timeout: "1d", onSuspend, onResume }));
     seen.push((await inbox.waitWithIdleTimeout({ idleTimeoutInSeconds: 30, skipSuspend: true, onSuspend })).ok);
     return seen;`,
    [{ ok: true, output: "warm" }, "suspend", "resume", { ok: true, output: "cold" }, false],
  ],
  [
    "a signal ends once, and what comes then is another's",
    `const stop = new AbortController(); const first = inbox.once({ signal: stop.signal }).catch(String);
     await wait.for({ minutes: 1 }); stop.abort(); const said = await first;
     await inbox.send(id, "kept"); return [said, await inbox.once().unwrap()];`,
    ["Error: Aborted", "kept"],
  ],
  [
    "sent out of one step it is sent once",
    `await step("both", async () => { await inbox.send(id, "a"); await inbox.send(id, "a"); await inbox.send(id, "b"); });
     return [await inbox.wait().unwrap(), await inbox.wait().unwrap(), await inbox.wait().unwrap(), (await inbox.wait({ timeout: "1m" })).ok];`,
    ["a", "a", "b", false],
  ],
  [
    "sent out of a step that is tried again it is sent once",
    `await step("again", { retry: { maxAttempts: 9, minTimeoutInMs: 1 } }, async () => { await inbox.send(id, "a"); if (outside.fails()) throw new Error("again"); });
     return [await inbox.wait().unwrap(), (await inbox.wait({ timeout: "1m" })).ok];`,
    ["a", false],
  ],
  [
    "a large one comes whole",
    `await inbox.send(id, "x".repeat(200_000)); await wait.for({ minutes: 1 }); const seen = String(inbox.peek()).length;
     return [seen, String(await inbox.wait().unwrap()).length];`,
    [200_000, 200_000],
  ],
  [
    "a handler that throws is a line of the log, and nothing else",
    `inbox.on(() => { throw new Error("of the handler"); }); await inbox.send(id, 1); await wait.for({ minutes: 1 }); return "done";`,
    "done",
  ],
])("%s, behind every crash", async (_, body, output) => {
  const acts: unknown[] = [];
  let tries = 0;
  outside({ act: async (what: unknown) => (acts.push(what), what), fails: () => ++tries % 3 !== 0 });
  const kit = await kitOf(taskOf(body));
  const run = await kit.run("t");
  expect([run.status, run.error, run.output]).toEqual(["COMPLETED", undefined, output]);
  const taken = stored(run.journal, "result").flatMap((record) =>
    record.kind === "result" && record.message !== undefined ? [record.message] : [],
  );
  expect(new Set(taken).size).toBe(taken.length);
  const { findings } = await kit.crashEverywhere("t", undefined, { seeds: 4 });
  expect(findings).toEqual([]);
});

test("a wait with tags is a token, too, which is found by them: completed with what came, or timed out", async () => {
  const kit = await kitOf(
    taskOf(`await later(3600, { text: "hi" });
     const got = await inbox.wait({ tags: ["chat", "of-" + id], timeout: "1d" }).unwrap();
     const late = await other.wait({ tags: ["other"], timeout: "1h" });
     return [got, late.ok];`),
  );
  const run = await kit.run("t");
  expect(run.output).toEqual([{ text: "hi" }, false]);
  expect(run.calls.filter(({ name }) => name === "tags")).toHaveLength(3);
  const { findings } = await kit.crashEverywhere("t", undefined, { seeds: 4 });
  expect(findings).toEqual([]);
});

test.each([
  ["tags that are none", `await inbox.wait({ tags: [""] }).unwrap()`, "HF510"],
  ["an option of once that there is not", `await inbox.once({ timeout: "1s" } as never)`, "HF506"],
  ["a wait within a step", `await step("s", () => inbox.wait())`, "HF507"],
  ["what is no JSON", `await inbox.send(id, 1n)`, "HF520"],
  ["a run that there is not", `await inbox.send("run_none", 1)`, "HF208"],
  ["no handler", `inbox.on(7 as never)`, "HF520"],
  ["no id", `streams.input({} as never)`, "HF520"],
])("an input stream refuses %s", async (_, body, code) => {
  const kit = await kitOf(taskOf(`try { ${body}; return "no"; } catch (error) { return String(error); }`));
  expect((await kit.run("t")).output).toContain(code);
});

test("what is sent to a canceled run that tidies up is got by an await that is made then, not by one that was cut off", async () => {
  const kit = await kitOf(
    taskOf(`const cut = inbox.wait().unwrap();
      try { await cut; } catch (error) { await inbox.send(id, "late"); outside.seen = await inbox.wait({ timeout: "10s" }); throw error; }`),
  );
  const world = outside<{ seen?: unknown }>({});
  expect((await kit.run("t", undefined, { cancelAfterMs: 60_000 })).status).toBe("CANCELED");
  expect(world.seen).toEqual({ ok: true, output: "late" });
});

test("a run that failed by a time-out waits anew when it is resumed", async () => {
  const kit = await kitOf(
    taskOf(`if (outside.isResumed) await inbox.send(id, "now");
      return await inbox.wait({ timeout: "1h" }).unwrap();`),
  );
  const world = outside({ isResumed: false });
  const failed = await kit.run("t");
  expect([failed.status, failed.error?.name]).toEqual(["FAILED", "WaitpointTimeoutError"]);
  world.isResumed = true;
  expect(await kit.resume(failed)).toMatchObject({ status: "COMPLETED", output: "now" });
});
