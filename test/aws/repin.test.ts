/** Runs that change their version of the secrets in AWS: at somebody's word, and because theirs is gone. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { type Folder, linkHoldfast, makeFolder } from "../world/place.ts";
import { dynamodb, test } from "./on-java.ts";
import { type Stack, startStack } from "./stack.ts";

const source = `import { secret, step, task, wait } from "holdfast";
export const two = task({
  id: "two",
  run: async ({ token }: { token: string }) => {
    const first = await step("first", async () => secret("ROTATED").length);
    await wait.forToken(token);
    return [first, secret("ROTATED").length];
  },
});
`;

let project: Folder;
let stack: Stack;
beforeAll(async () => {
  project = await makeFolder("repin");
  await mkdir(join(project.path, "tasks"));
  await writeFile(join(project.path, "package.json"), `{ "private": true, "type": "module" }`);
  await writeFile(join(project.path, "tasks", "two.ts"), source);
  await linkHoldfast(project.path);
  const plan = { tasks: join(project.path, "tasks"), projectRoot: project.path };
  stack = await startStack(plan, { minuteMs: 1_000, dynamodb });
}, 300_000);
afterAll(async () => {
  await stack?.close();
  await project?.remove();
});

const put = (length: number): string => stack.bench.secrets.put({ ROTATED: "x".repeat(length) });

async function json<T>(path: string, body: object): Promise<T> {
  const { status, body: text } = await stack.request("POST", path, body);
  expect([path, status, text]).toEqual([path, 200, expect.anything()]);
  return text as T;
}

/** A run that waits, on the version that is current. */
async function waiting(): Promise<{ id: string; token: string }> {
  const { id: token } = await json<{ id: string }>("/api/v1/waitpoints/tokens", {});
  const id = await stack.trigger("two", { token });
  await expect.poll(async () => (await stack.run(id)).status).toBe("WAITING");
  return { id, token };
}

async function ended({ id, token }: { id: string; token: string }): Promise<unknown> {
  await json(`/api/v1/waitpoints/tokens/${token}/complete`, { data: null });
  return (await stack.finished(id, 60_000)).output;
}

test("one run, then all others of its version, are put on the current one in AWS; one whose version was purged goes on with the current one; each change has a line", async () => {
  const first = put(10);
  const [one, other, last] = [await waiting(), await waiting(), await waiting()];
  expect((await stack.run(one.id)).secretVersion).toBe(first);
  const second = put(20);
  expect(await json(`/api/v1/runs/${one.id}/repin`, {})).toEqual({
    id: one.id,
    secretVersion: second,
    from: first,
  });
  expect(await ended(one)).toEqual([10, 20]);
  expect((await stack.run(other.id)).secretVersion).toBe(first);
  const third = put(30);
  expect(await json("/api/v1/runs/repin", { secretVersion: first })).toEqual({
    secretVersion: third,
    runs: [last.id, other.id],
  });
  expect((await stack.run(other.id)).secretVersion).toBe(third);
  const newest = put(40);
  stack.bench.secrets.purge(third);
  // A process keeps what it has read for as long as it lives; no process is as old as a version that is purged.
  for (const pool of stack.bench.lambda.pools(stack.bench.functionId("Dispatcher"))) pool.retire();
  for (const run of [other, last]) {
    expect(await ended(run)).toEqual([10, 40]);
    expect(await stack.run(run.id)).toMatchObject({
      secretVersion: newest,
      secretReplaced: { version: third },
    });
  }
  const lines = stack.bench.log.filter((line) => line.includes("put on another version of the secrets"));
  expect(lines).toHaveLength(3);
  for (const line of lines) expect(line).toContain(`"from":"${first}"`);
  expect(stack.bench.proxy.refusals).toEqual([]);
});
