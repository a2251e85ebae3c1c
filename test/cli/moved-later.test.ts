/** More task files as teams on Trigger.dev have them (`moved-later/tasks`): what these showed is held here. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Holdfast } from "../world/holdfast.ts";
import { root } from "../world/place.ts";
import { makeProject, type Project } from "./project.ts";

const config = `import { defineConfig } from "@trigger.dev/sdk";
export default defineConfig({ project: "proj_abc", maxDuration: 300, retries: { enabledInDev: true }, dirs: ["./src/trigger"] });`;

const folder = join(root, "test", "cli", "moved-later", "tasks");
const files = Object.fromEntries(
  readdirSync(folder).map((name) => [`src/trigger/${name}`, readFileSync(join(folder, name), "utf8")]),
);

let project: Project;
let holdfast: Holdfast;
beforeAll(async () => {
  project = await makeProject({ "trigger.config.ts": config, ...files });
  holdfast = await project.start({ tasks: "." });
});
afterAll(() => project?.end());

const ended = async (task: string) => holdfast.finished(await holdfast.trigger(task, undefined));

test("locals.set gives what it sets, and onStart's metadata are there after an attempt that failed", async () => {
  const { status, output, metadata, error } = await ended("lifecycle");
  expect([status, error, output]).toEqual(["COMPLETED", undefined, "row 1"]);
  expect(metadata).toMatchObject({ startedBy: "lifecycle", ok: true });
});

test("a run knows its task's time limit, and whether it is on the code that new runs begin on", async () => {
  expect((await ended("context")).output).toEqual({ isNewest: true, maxDuration: 120 });
});

interface Tokens {
  readonly data: readonly { readonly status: string; readonly tags: readonly string[] }[];
}

test("a conversation waits for messages by tags that its tokens are found by", async () => {
  const id = await holdfast.trigger("conversation", undefined);
  const tokens = async () =>
    ((await holdfast.request("GET", "/api/v1/waitpoints/tokens?filter[tags]=conversation")).body as Tokens)
      .data;
  while ((await tokens()).length === 0) await new Promise((go) => setTimeout(go, 50));
  expect(await tokens()).toMatchObject([{ status: "WAITING", tags: ["conversation"] }]);
  const say = (text: string) =>
    holdfast.request("POST", `/realtime/v1/streams/${id}/input/messages`, { data: { text } });
  await say("hi");
  await say("bye");
  expect(await holdfast.finished(id)).toMatchObject({ status: "COMPLETED", output: 2 });
  expect((await tokens()).map(({ status }) => status)).toEqual(["COMPLETED", "COMPLETED"]);
});
