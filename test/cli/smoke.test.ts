/** `holdfast smoke`: what it says of a deployment that is well, and of those that are not. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Holdfast, secretKey } from "../world/holdfast.ts";
import { close, listen } from "../world/world.ts";
import { makeProject, type Project, taskFile } from "./project.ts";

let project: Project;
let holdfast: Holdfast;
beforeAll(async () => {
  project = await makeProject({
    "tasks/hello.ts": taskFile("hello", "await sleep(1);\n    return payload.file;"),
    "tasks/broken.ts": taskFile("broken", `await sleep(1);\n    throw new Error("It is broken.");`),
  });
  holdfast = await project.start();
});
afterAll(() => project.end());

interface Answer {
  readonly ok: boolean;
  readonly checks: readonly { readonly check: string; readonly ok: boolean; readonly seen: string }[];
}
const smoke = (...args: string[]): Promise<unknown> =>
  project.json("smoke", "--url", holdfast.url, "--key", secretKey, ...args);
const lastOf = ({ checks }: Answer) => checks.at(-1);

test("a deployment that is well passes every check: keys, webhooks, a run to its end with what it recorded", async () => {
  const answer = (await smoke("--task", "hello", "--payload", `{"file":"a"}`)) as Answer;
  expect(answer.checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(answer.ok).toBe(true);
  expect(answer.checks).toHaveLength(9);
  expect(lastOf(answer)?.seen).toBe("1 checkpoint(s)");
});

test("without --task no run is started", async () => {
  const before = ((await holdfast.request("GET", "/api/v1/runs")).body as { data: unknown[] }).data.length;
  const { code, output } = await project.run("smoke", "--url", holdfast.url, "--key", secretKey);
  expect([code, output]).toEqual([0, expect.stringContaining("No run was started")]);
  const after = ((await holdfast.request("GET", "/api/v1/runs")).body as { data: unknown[] }).data.length;
  expect(after).toBe(before);
});

test.each<[string, string[], RegExp]>([
  ["a run that fails", ["--task", "broken", "--payload", `{"file":"a"}`], /FAILED: It is broken\./],
  ["a task that is not there", ["--task", "nobody"], /HF203|There is no task/],
  ["a wrong key", ["--key", "hf_wrong"], /HF202/],
])("%s is the last thing that is looked at, and the exit code is 1", async (_, args, wanted) => {
  const { code, output } = await project.run("smoke", "--url", holdfast.url, "--key", secretKey, ...args);
  expect(code).toBe(1);
  expect(output.trim().split("\n").at(-1)).toMatch(/^✗ /);
  expect(output).toMatch(wanted);
});

test("an address that is not https is not sent the key, nor one that answers everybody", async () => {
  const keys: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    keys.push(request.headers.authorization);
    response.writeHead(200, { "content-security-policy": "default-src 'self'" }).end("{}");
  });
  await listen(server);
  const { port } = server.address() as AddressInfo;
  const open = await project.run("smoke", "--url", `http://127.0.0.1:${port}`, "--key", secretKey);
  expect([open.code, open.output]).toEqual([1, expect.stringContaining("answered with 200")]);
  const { checks } = (await project.json(
    "smoke",
    "--url",
    "http://holdfast.example",
    "--key",
    secretKey,
  )) as Answer;
  expect(checks).toMatchObject([{ ok: false, seen: expect.stringContaining("not https") as string }]);
  expect(keys.filter((each) => each?.includes(secretKey))).toEqual([]);
  await close(server);
});

test("wrong use is told, with what to do", async () => {
  const { code, output } = await project.run("smoke", "--key", secretKey);
  expect([code, output]).toEqual([2, expect.stringContaining("--url")]);
});
