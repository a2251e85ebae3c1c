/** What is sent to a run in AWS: into DynamoDB by the api function, while dispatchers are killed. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { type Folder, linkHoldfast, makeFolder } from "../world/place.ts";
import { listened, listeningTask, sendKilling } from "../world/sending.ts";
import { dynamodb, test } from "./on-java.ts";
import { type Stack, startStack } from "./stack.ts";

let project: Folder;
let stack: Stack;
beforeAll(async () => {
  project = await makeFolder("inputs");
  await mkdir(join(project.path, "tasks"));
  await writeFile(join(project.path, "tasks", "listens.ts"), listeningTask);
  await linkHoldfast(project.path);
  stack = await startStack({ tasks: join(project.path, "tasks") }, { minuteMs: 1_000, dynamodb });
});
afterAll(async () => {
  await stack?.close();
  await project?.remove();
});

test("what is sent to a run in AWS while its dispatchers are killed answers one await each, in order, and is told to all listeners", async () => {
  const id = await stack.trigger("listens", { count: listened.seen.length });
  await sendKilling(stack.url, id);
  expect(await stack.finished(id)).toMatchObject({ status: "COMPLETED", output: listened });
});
