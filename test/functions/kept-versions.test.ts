/** Which code versions a trigger may name in AWS: who is asked for it, and how often. */
import { mkdtempSync } from "node:fs";
import { access, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { deployedCode } from "../../functions/deployed-code.ts";
import { keptVersions } from "../../functions/kept-versions.ts";
import { versionTasks } from "../../functions/plans/version-tasks.ts";
import { tasksByApi } from "../../functions/versions-by-api.ts";
import type { TransportRequest } from "../../sdk/transport.ts";

const tasks = [
  { id: "order", file: "tasks/order.ts" },
  { id: "ship", file: "tasks/ship.ts" },
];

function asking(answers: Readonly<Record<string, readonly string[] | Error>>) {
  const asked: string[] = [];
  let now = 0;
  const later = (ms: number): void => {
    now += ms;
  };
  const kept = keptVersions({
    code: deployedCode({ tasks, sites: {} }, "7.abcd-12"),
    clock: { now: () => now },
    async ask(version) {
      asked.push(version);
      const answer = answers[version];
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  return { kept, asked, later };
}

test("the code that is deployed is known without a question, under whatever number it was published", async () => {
  const { kept, asked } = asking({});
  for (const version of ["7.abcd-12", "3.abcd-12", "abcd-12"])
    expect(await kept.tasksOf(version)).toEqual(["order", "ship"]);
  expect(asked).toEqual([]);
  // The same code in another environment is another version.
  expect(await kept.tasksOf("6.abcd-34")).toBeUndefined();
  expect(asked).toEqual(["6.abcd-34"]);
});

test("a version is asked for once in a minute, however many triggers name it at a time", async () => {
  const { kept, asked, later } = asking({ "5.ef01": ["order"] });
  const many = Array.from({ length: 100 }, () => kept.tasksOf("5.ef01"));
  expect(await Promise.all(many)).toEqual(many.map(() => ["order"]));
  later(59_999);
  await kept.tasksOf("5.ef01");
  expect(asked).toEqual(["5.ef01"]);
  later(1);
  await kept.tasksOf("5.ef01");
  expect(asked).toEqual(["5.ef01", "5.ef01"]);
});

test("what is not there, and what nobody could tell, is asked for again", async () => {
  const { kept, asked } = asking({ "5.ef01": new Error("throttled") });
  for (let i = 0; i < 2; i++) {
    await expect(kept.tasksOf("5.ef01")).rejects.toThrow("throttled");
    expect(await kept.tasksOf("4.aaaa")).toBeUndefined();
  }
  expect(asked).toEqual(["5.ef01", "4.aaaa", "5.ef01", "4.aaaa"]);
});

test("the planner tells the tasks of a version whose code and environment are the ones that were named, and leaves no file behind", async () => {
  const folders: string[] = [];
  const fetched = async (version: string) => {
    if (version !== "5") return undefined;
    const folder = mkdtempSync(join(tmpdir(), "kept-"));
    folders.push(folder);
    await writeFile(join(folder, "manifest.json"), JSON.stringify({ tasks }));
    return { folder, variables: { HOLDFAST_CODE_VERSION: "ef01-22" } };
  };
  expect(await versionTasks({ tasksOf: "5.ef01-22" }, fetched)).toEqual({ tasks: ["order", "ship"] });
  for (const tasksOf of ["5.ef01", "5.ef01-33", "4.ef01-22", "$LATEST", "../5.ef01-22", ""])
    expect([tasksOf, await versionTasks({ tasksOf }, fetched)]).toEqual([tasksOf, { tasks: null }]);
  expect(folders).toHaveLength(3);
  for (const folder of folders) await expect(access(folder)).rejects.toThrow("ENOENT");
});

test("a task asks its own api, by one request; an answer that is neither yes nor no is an error, and no version that has gone", async () => {
  const requests: TransportRequest[] = [];
  const answering = (status: number, body: object) => ({
    address: "api",
    async request(request: TransportRequest) {
      requests.push(request);
      return new Response(JSON.stringify(body), { status });
    },
  });
  expect(await tasksByApi(answering(200, { tasks: ["order"] }), "5.e/f")).toEqual(["order"]);
  expect(await tasksByApi(answering(422, { code: "HF229" }), "5.ef")).toBeUndefined();
  await expect(tasksByApi(answering(503, { code: "HF212" }), "5.ef")).rejects.toThrow(
    /did not say .* 5\.ef .*: 503/,
  );
  expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "GET /api/v1/versions/5.e%2Ff",
    "GET /api/v1/versions/5.ef",
    "GET /api/v1/versions/5.ef",
  ]);
});
