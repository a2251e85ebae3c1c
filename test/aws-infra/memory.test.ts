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

/** The functions that work on runs, by their megabytes. */
const sizes = (template: Template): number[] =>
  Object.entries(memoryIn(template)).flatMap(([what, [size]]) =>
    what.startsWith("works on runs") ? [size] : [],
  );
const asking = (id: string, options: string): string =>
  `export const ${id} = task({ id: "${id}", ${options}, run: async () => 1 });\n`;
const plain = `export const plain = task({ id: "plain", run: async () => 1 });\n`;

describe("the memory of the dispatcher", () => {
  test("is 512 MB where no task asks for a machine; the functions know it", () => {
    const found = memoryIn(templateOf());
    expect(found["works on runs"]).toEqual([512, "512"]);
    expect(found["answers requests and webhooks"]).toEqual([512, "512"]);
    expect(sizes(templateOf())).toEqual([512]);
  });
  test("is that of the smallest machine, and for each larger one there is a function more; all know of all", () => {
    const small = asking("a", `machine: { preset: "micro" }`);
    const larger = asking("b", `retry: { outOfMemory: { machine: "medium-2x" } }`);
    expect(sizes(built(small))).toEqual([512]);
    const template = built(
      small + larger + asking("c", `machine: "large-1x"`) + asking("d", `machine: "large-1x"`),
    );
    expect(memoryIn(template)).toMatchObject({
      "works on runs": [512, "512,4096,8192"],
      "works on runs that ask for 4096 MB": [4_096, "512,4096,8192"],
      "works on runs that ask for 8192 MB": [8_192, "512,4096,8192"],
      "answers requests and webhooks": [512, "512,4096,8192"],
      "says what resuming a run would do": [8_192, "512,4096,8192"],
    });
  });
  test("is a large one where every task asks for it: nobody would be on a smaller one", () => {
    const large = asking("a", `machine: "medium-2x"`);
    expect(sizes(built(large))).toEqual([4_096]);
    expect(sizes(built(large + asking("b", `machine: "large-1x"`)))).toEqual([4_096, 8_192]);
  });
  test("is what Lambda has at most where a task asks for more, or the project's trigger.config does", () => {
    const config = `export default { project: "p", machine: "large-2x" };`;
    expect(sizes(built(plain, {}, { "trigger.config.js": config }))).toEqual([10_240]);
    expect(sizes(built(plain + asking("a", `machine: "large-2x"`)))).toEqual([512, 10_240]);
  });
  test("is not what the config's retries name for runs that are out of memory: that is a function more", () => {
    const retries = `retries: { default: { maxAttempts: 2, outOfMemory: { machine: "medium-2x" } } }`;
    const config = `export default { project: "p", ${retries} };`;
    expect(sizes(built(plain, {}, { "trigger.config.js": config }))).toEqual([512, 4_096]);
  });
  test("is what the stack says; who asks for more has a function of its own", () => {
    const asks = asking("a", `machine: "medium-1x"`);
    expect(sizes(built(asks, { memorySize: 3_000 }))).toEqual([3_000]);
    expect(sizes(built(asks, { memorySize: 1_024 }))).toEqual([1_024, 2_048]);
  });
  test("leaves machines that only triggers ask for to the stack, which names them", () => {
    expect(sizes(templateOf({ machines: ["large-1x", "medium-1x", "micro", "large-1x"] }))).toEqual([
      512, 2_048, 8_192,
    ]);
    expect(() => templateOf({ machines: ["huge" as "micro"] })).toThrow(/HF601 .*There is no machine "huge"/);
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

  test("is refused where every function is smaller, and not on one machine, nor for a longRunning task", () => {
    checkRoom("large-2x", false);
    vi.stubEnv("HOLDFAST_MEMORY_MB", "2048");
    for (const name of ["medium-1x", "micro", undefined] as const) checkRoom(name, false);
    expect(() => checkRoom("medium-2x", false)).toThrow(
      /HF518 The machine medium-2x has 4096 MB, and the largest function of this stack 2048.*machines: \["medium-2x"\]/,
    );
    checkRoom("medium-2x", true);
    vi.stubEnv("HOLDFAST_MEMORY_MB", "512,10240");
    for (const name of ["large-2x", "medium-2x"] as const) checkRoom(name, false);
  });
});
