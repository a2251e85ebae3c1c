/** What the tasks ask for with `machine` decides on the memory of the function that they run in. */
import { join } from "node:path";
import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { afterEach, describe, expect, test, vi } from "vitest";
import { tellOfSmallness } from "../../functions/small-function.ts";
import type { HoldfastProps } from "../../infra/index.ts";
import { checkRoom } from "../../sdk/machine.ts";
import { root } from "../world/place.ts";
import { folderWith } from "./place.ts";
import { templateOf } from "./synthesized.ts";

interface Lambda {
  readonly Description: string;
  readonly MemorySize: number;
  readonly Environment: { readonly Variables: Readonly<Record<string, unknown>> };
}

/** The functions of a template: their memory, and what they are told of the dispatcher's. */
function memoryIn(template: Template): Record<string, [number, unknown]> {
  const all = Object.values(template.findResources("AWS::Lambda::Function")) as { Properties: Lambda }[];
  return Object.fromEntries(
    all.map(({ Properties: { Description, MemorySize, Environment } }) => [
      Description.replace("Holdfast: ", ""),
      [MemorySize, Environment.Variables.HOLDFAST_MEMORY_MB],
    ]),
  );
}

/** The construct as it is compiled: only there is the process that builds the code. */
const { Holdfast } = (await import(
  join(root, "dist", "infra", "index.js")
)) as typeof import("../../infra/index.ts");

/** A stack with these task files, their code built. */
function built(
  tasks: string,
  props: Partial<HoldfastProps> = {},
  more: Readonly<Record<string, string>> = {},
): Template {
  const folder = folderWith({
    "package.json": `{ "type": "module" }`,
    "tasks/all.ts": `import { task } from "holdfast";\n${tasks}\n`,
    ...more,
  });
  const stack = new Stack(new App({ outdir: folderWith() }), "Stack");
  new Holdfast(stack, "Jobs", { tasks: join(folder, "tasks"), ...props });
  return Template.fromStack(stack);
}

const dispatcher = (template: Template) => memoryIn(template)["works on runs"];

describe("the memory of the dispatcher", () => {
  test("is 512 MB where no task asks for a machine; the functions know it", () => {
    const found = memoryIn(templateOf());
    expect(found["works on runs"]).toEqual([512, "512"]);
    expect(found["answers requests and webhooks"]).toEqual([512, "512"]);
  });
  test("is that of the largest machine that a task asks for, or goes on with when it is out of memory", () => {
    const small = `export const a = task({ id: "a", machine: { preset: "micro" }, run: async () => 1 });`;
    const larger = `export const b = task({ id: "b", retry: { outOfMemory: { machine: "medium-2x" } }, run: async () => 1 });`;
    expect(dispatcher(built(small))).toEqual([512, "512"]);
    expect(dispatcher(built(small + larger))).toEqual([4_096, "4096"]);
  });
  test("is what Lambda has at most where a task asks for more, or the project's trigger.config does", () => {
    const plain = `export const a = task({ id: "a", run: async () => 1 });`;
    const config = `export default { project: "p", machine: "large-2x" };`;
    expect(dispatcher(built(plain, {}, { "trigger.config.js": config }))).toEqual([10_240, "10240"]);
  });
  test("is what the stack says; less than a task asks for is refused", () => {
    const asks = `export const a = task({ id: "a", machine: "medium-1x", run: async () => 1 });`;
    expect(dispatcher(built(asks, { memorySize: 3_000 }))).toEqual([3_000, "3000"]);
    expect(() => built(asks, { memorySize: 1_024 })).toThrow(
      /HF601 memorySize is 1024, and a task asks for a machine of 2048 MB/,
    );
  });
  test("cannot follow from what is not written in the source, or from a machine that there is not", () => {
    const made = `export const a = task({ id: "a", machine: ["micro"][0] as "micro", run: async () => 1 });`;
    expect(() => built(made)).toThrow(
      /HF602 The machine of task "a" \(tasks\/all.ts:2\) is not written in the source/,
    );
    const strange = `export const a = task({ id: "a", machine: "huge" as "micro", run: async () => 1 });`;
    expect(() => built(strange)).toThrow(/HF602 A task asks for the machine "huge"/);
  });
});

test("a task that has its machine from elsewhere than its own source is told of when it is loaded", () => {
  const told: unknown[] = [];
  const tasks = [
    { id: "a" },
    { id: "b", machine: "micro" },
    { id: "c", machine: "large-1x" },
    { id: "d", machine: "large-1x", longRunning: true },
  ] as const;
  const log = { warn: (_: string, fields?: object) => void told.push(fields) };
  tellOfSmallness(tasks, log);
  expect(told).toEqual([]);
  vi.stubEnv("HOLDFAST_MEMORY_MB", "512");
  tellOfSmallness(tasks, log);
  vi.unstubAllEnvs();
  expect(told).toEqual([{ task: "c", machine: "large-1x", memoryMb: 512 }]);
});

describe("a trigger that asks for a machine", () => {
  afterEach(() => vi.unstubAllEnvs());

  test("is refused where the function is smaller, and not on one machine, nor for a longRunning task", () => {
    checkRoom("large-2x", false);
    vi.stubEnv("HOLDFAST_MEMORY_MB", "2048");
    for (const name of ["medium-1x", "micro", undefined] as const) checkRoom(name, false);
    expect(() => checkRoom("medium-2x", false)).toThrow(
      /HF518 The machine medium-2x has 4096 MB, and the function .* 2048/,
    );
    checkRoom("medium-2x", true);
    vi.stubEnv("HOLDFAST_MEMORY_MB", "10240");
    checkRoom("large-2x", false);
  });
});
