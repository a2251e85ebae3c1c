/** What a run streams in AWS: chunks in DynamoDB, read over the api function while dispatchers are killed. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { type Folder, linkHoldfast, makeFolder } from "../world/place.ts";
import { followKilling, streamingTask } from "../world/streaming.ts";
import { dynamodb, test } from "./on-java.ts";
import { type Stack, startStack } from "./stack.ts";

let project: Folder;
let stack: Stack;
beforeAll(async () => {
  project = await makeFolder("streams");
  await mkdir(join(project.path, "tasks"));
  await writeFile(join(project.path, "tasks", "talks.ts"), streamingTask);
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
