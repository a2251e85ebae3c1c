/** What a run streams in AWS: chunks in DynamoDB, read over the api function while dispatchers are killed. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { apiClient } from "../../sdk/client.ts";
import { readStream } from "../../sdk/stream-reading.ts";
import { secretKey } from "../world/holdfast.ts";
import { type Folder, linkHoldfast, makeFolder } from "../world/place.ts";
import { followKilling, streamingTask } from "../world/streaming.ts";
import { dynamodb, test } from "./on-java.ts";
import { type Stack, startStack } from "./stack.ts";

const family = `
import { step, streams, task } from "holdfast";
const log = streams.define<string>({ id: "log" });
export const below = task({ id: "below", run: async () => {
  await log.append("from below", { target: "parent" });
  await step("talks", async () => log.append("out of a step", { target: "root" }));
} });
export const above = task({ id: "above", run: async () => {
  await step("talks", async () => log.append("of a step of its own"));
  await below.triggerAndWait();
  await log.append("from above");
} });
`;

let project: Folder;
let stack: Stack;
beforeAll(async () => {
  project = await makeFolder("streams");
  await mkdir(join(project.path, "tasks"));
  await writeFile(join(project.path, "tasks", "talks.ts"), streamingTask);
  await writeFile(join(project.path, "tasks", "family.ts"), family);
  await linkHoldfast(project.path);
  stack = await startStack({ tasks: join(project.path, "tasks") }, { minuteMs: 1_000, dynamodb });
});
afterAll(async () => {
  await stack?.close();
  await project?.remove();
});

test("who reads a run's stream in AWS while its dispatchers are killed gets each chunk once, in order, up to the run's end", async () => {
  const gates = [join(project.path, "one"), join(project.path, "two")] as const;
  const id = await stack.trigger("talks", { gates });
  await followKilling(stack.url, id, gates);
  expect(await stack.finished(id)).toMatchObject({ status: "COMPLETED", output: ["to", "be", "or", "not"] });
});

test("a run below writes the stream of the run above in AWS, and so does a step, each chunk once", async () => {
  const id = await stack.trigger("above", {});
  expect(await stack.finished(id)).toMatchObject({ status: "COMPLETED" });
  const seen: unknown[] = [];
  for await (const chunk of readStream(apiClient({ baseUrl: stack.url, secretKey }), id, "log"))
    seen.push(chunk);
  expect(seen.sort()).toEqual(["from above", "from below", "of a step of its own", "out of a step"]);
});
