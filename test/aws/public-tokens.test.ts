/** Tokens for browsers that tasks make in AWS, where no task has a key: the api's function signs, and DynamoDB knows which were used. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { type Folder, linkHoldfast, makeFolder } from "../world/place.ts";
import { dynamodb, test } from "./on-java.ts";
import { type Stack, startStack } from "./stack.ts";

const code = `
import { auth, task } from "holdfast";
export const order = task({ id: "order", run: async () => "shipped" });
export const long = task({ id: "long", run: async ({ text }: { text: string }) => text.length });
export const page = task({ id: "page", run: async (_: unknown, { ctx }) => ({
  read: await auth.createPublicToken({ scopes: { read: { runs: ctx.run.id } } }),
  once: await auth.createTriggerPublicToken("order"),
}) });
`;

let project: Folder;
let stack: Stack;
beforeAll(async () => {
  project = await makeFolder("public-tokens");
  await mkdir(join(project.path, "tasks"));
  await writeFile(join(project.path, "tasks", "page.ts"), code);
  await linkHoldfast(project.path);
  stack = await startStack({ tasks: join(project.path, "tasks") }, { minuteMs: 1_000, dynamodb });
});
afterAll(async () => {
  await stack?.close();
  await project?.remove();
});

test("a task in AWS makes tokens for browsers without a key: one lets look at its run, the other starts one run of ten requests at once", async () => {
  const id = await stack.trigger("page", {});
  const { output } = (await stack.finished(id)) as { output?: { read: string; once: string } };
  const bearer = (token: string | undefined) => ({ authorization: `Bearer ${token}` });
  const look = async (path: string) =>
    (await fetch(`${stack.url}${path}`, { headers: bearer(output?.read) })).status;
  expect([await look(`/api/v3/runs/${id}`), await look(`/api/v1/runs/${id}/checkpoints`)]).toEqual([
    200, 403,
  ]);
  const start = async (n: number) =>
    fetch(`${stack.url}/api/v1/tasks/order/trigger`, {
      method: "POST",
      headers: { ...bearer(output?.once), "content-type": "application/json" },
      body: JSON.stringify({ payload: n }),
    });
  const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => start(n)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(403)]);
  const started = answers.find(({ status }) => status === 200) as Response;
  const { id: run } = (await started.json()) as { id: string };
  expect(await stack.finished(run)).toMatchObject({ status: "COMPLETED", output: "shipped" });
});

test("Trigger.dev's client uploads a payload in AWS: what was put at its link is the run's, and the upload is gone", async () => {
  const asked = await stack.request("PUT", "/api/v2/packets/payload.json");
  const { presignedUrl, storagePath } = asked.body as { presignedUrl: string; storagePath: string };
  // Quotes weigh double where a function is given a body as text.
  const text = '"'.repeat(1_400_000);
  const put = await fetch(`${stack.url}${new URL(presignedUrl).pathname}`, {
    method: "PUT",
    headers: { "content-type": "application/super+json" },
    body: JSON.stringify({ json: { text } }),
  });
  expect([put.status, await put.json()]).toEqual([200, { success: true }]);
  const options = { payloadType: "application/store" };
  const trigger = () =>
    stack.request("POST", "/api/v1/tasks/long/trigger", { payload: storagePath, options });
  const { id } = (await trigger()).body as { id: string };
  expect(await stack.finished(id)).toMatchObject({ status: "COMPLETED", output: text.length });
  expect((await trigger()).body).toMatchObject({ code: "HF208" });
});
