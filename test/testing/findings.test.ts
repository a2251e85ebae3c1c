/** What `crashEverywhere` finds: each guard of the proof is shown to see what it is there for. */
import { expect, test, vi } from "vitest";
import { Inputs } from "../../engine/inputs.ts";
import { Journal } from "../../engine/journal.ts";
import { imports, kitOf, outside } from "./kit.ts";
import { usualWorld } from "./programs.ts";

test("thirty awaits are crashed at each of their hundred and twenty places, from one build", async () => {
  const world = outside(usualWorld());
  const kit = await kitOf(`${imports}
outside.loads = (outside.loads ?? 0) + 1;
export const t = task({ id: "t", run: async () => { let sum = 0; for (let i = 0; i < 30; i++) sum += await outside.double(i); return sum; } });`);
  const { runs, findings } = await kit.crashEverywhere("t");
  expect({ runs, findings }).toEqual({ runs: 2 + 120, findings: [] });
  // One process for each run, and a second one behind each crash.
  expect((world as unknown as { loads: number }).loads).toBe(2 + 120 * 2);
});

test("a result that depends on how often the code has run is another one after a crash, and told with its place", async () => {
  const world = outside({ ...usualWorld(), entered: 0 });
  const kit = await kitOf(`${imports}
export const t = task({ id: "t", run: async () => { const n = ++outside.entered; await outside.act("a"); return n; } });`);
  const { findings } = await kit.crashEverywhere("t", undefined, {
    reset: () => Object.assign(world, { entered: 0 }),
  });
  expect(findings.map(({ kind }) => kind)).toEqual(Array(4).fill("other result"));
  expect(findings[0]).toMatchObject({
    crash: [{ when: "before", call: 1 }],
    file: "tasks/main.ts",
    line: 4,
    message: "After a crash before call 1 the task ended with COMPLETED 2 and not COMPLETED 1.",
  });
});

test("results with a bigint are told as they are", async () => {
  const world = outside({ ...usualWorld(), entered: 0 });
  const kit = await kitOf(`${imports}
export const t = task({ id: "t", run: async () => { const n = ++outside.entered; await outside.act("a"); return { n, big: 7n }; } });`);
  const reset = () => Object.assign(world, { entered: 0 });
  const { findings } = await kit.crashEverywhere("t", undefined, { reset });
  expect(findings[0]?.message).toContain("COMPLETED { n: 2, big: 7n } and not COMPLETED { n: 1, big: 7n }.");
});

test("without a reset that is no crash's fault, and told so", async () => {
  outside({ ...usualWorld(), entered: 0 });
  const kit = await kitOf(`${imports}
export const t = task({ id: "t", run: async () => { await outside.act("a"); return ++outside.entered; } });`);
  const { findings } = await kit.crashEverywhere("t");
  expect(findings.map(({ kind }) => kind)).toEqual(["unsteady"]);
});

test("planted: a journal that forgets a record makes a recorded call again, and the double effect is found", async () => {
  outside(usualWorld());
  const kit = await kitOf(`${imports}
export const t = task({ id: "t", run: async () => { await outside.act("a"); return outside.act("b"); } });`);
  const settled = Journal.prototype.settled;
  vi.spyOn(Journal.prototype, "settled").mockImplementation(function (this: Journal, key, gen) {
    const number = settled.call(this, key, gen);
    // As if the first record had not been read by a second pass.
    return number === 1 && this.last > 1 && this.at(2)?.record.kind === "pass" ? undefined : number;
  });
  const { findings } = await kit.crashEverywhere("t");
  vi.restoreAllMocks();
  expect(findings.map(({ kind }) => kind)).toContain("double effect");
  expect(findings.find(({ kind }) => kind === "double effect")).toMatchObject({
    file: "tasks/main.ts",
    line: 4,
  });
});

test("planted: changes in place that are not recorded do not come back, and the other result is found", async () => {
  outside(usualWorld());
  const kit = await kitOf(`${imports}
export const t = task({ id: "t", run: async () => { const box: any = {}; await outside.fill(box, "a"); await outside.act("b"); return box; } });`);
  vi.spyOn(Inputs.prototype, "changes").mockReturnValue(undefined as never);
  const { findings } = await kit.crashEverywhere("t");
  vi.restoreAllMocks();
  expect(findings.map(({ kind }) => kind)).toContain("other result");
});

test("a change in place that cannot be recorded is a lost change, with the place of the call that made it", async () => {
  outside({
    ...usualWorld(),
    plug: async (box: { socket?: object }) => void Object.assign(box, { socket: new WeakMap() }),
  });
  const kit = await kitOf(`${imports}
export const t = task({ id: "t", retry: { maxAttempts: 1 }, run: async () => { const box: any = {};
  await outside.plug(box);
  await outside.act("b");
  return box.socket instanceof WeakMap; } });`);
  const { findings } = await kit.crashEverywhere("t");
  expect(findings[0]).toMatchObject({ kind: "lost change", file: "tasks/main.ts", line: 5 });
});
