/** What is not there, and who is not let in: the command line says what to do next in its own words, not the HTTP API's or the SDK's. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { copyRuns } from "../../bench/scale/copies.ts";
import { command, type Holdfast, secretKey } from "../world/holdfast.ts";
import { makeProject, type Project, taskFile } from "./project.ts";

let project: Project;
let holdfast: Holdfast;

beforeAll(async () => {
  project = await makeProject({ "tasks/order.ts": taskFile("order", "return payload.file;") });
  holdfast = await project.start();
});
afterAll(() => project?.end());

/** Words of somebody who calls over HTTP, or writes code. */
const foreign = /Authorization|\bGET |\bPOST |in the URL|configure\(|http-api\.md|\bbody\b.*field/;

async function said(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { code, output } = await command(project.path, args, env);
  const fix = /^fix (.*)$/m.exec(output)?.[1] ?? "";
  return { code, output, fix };
}

test.each([
  ["runs", "show", "run_none"],
  ["logs", "run_none"],
  ["runs", "cancel", "run_none"],
  ["replay", "run_none"],
  ["resume", "run_none"],
  ["fork", "run_none", "--from", "x"],
  ["erase", "run_none"],
  ["dlq", "show", "run_none"],
  ["open", "run_none", "--print"],
])("%s %s of a run that is not there tells how to find one", async (...args) => {
  const { code, output, fix } = await said(args);
  expect([code, output]).toEqual([1, expect.stringContaining("HF208 There is no run run_none.")]);
  expect(fix).toMatch(/Check the id/);
  expect(fix).not.toMatch(foreign);
});

test.each([
  [["trigger", "ordr", "{}"], /There are: "order"\. Check the id\.$/],
  [["queues", "pause", "none"], /Check the name/],
  [["queues", "limit", "none", "3"], /Check the name/],
  [["schedules", "activate", "none"], /`holdfast schedules list`/],
  [["schedules", "delete", "none"], /`holdfast schedules list`/],
  [["runs", "list", "--after", "none"], /Leave --after out/],
  [["trigger", "order", "{}", "--tag", ""], /--help/],
  [["keys", "revoke", "none"], /holdfast keys list/],
  [["secrets", "remove", "NONE"], /holdfast secrets list/],
  [["runs", "list", "--url", "http://127.0.0.1:1/nowhere", "--key", "x"], /HOLDFAST_API_URL/],
  [["runs", "list", "--url", "nonsense", "--key", "x"], /--url or HOLDFAST_API_URL/],
] as const)("%j of what is not there is answered with what there is", async (args, wanted) => {
  const { code, fix } = await said(args);
  expect([code === 0, fix]).toEqual([false, expect.stringMatching(wanted)]);
  expect(fix).not.toMatch(foreign);
});

test("an address with a path behind the server's own is told", async () => {
  const { fix } = await said(["runs", "list", "--url", `${holdfast.url}/nowhere`, "--key", secretKey]);
  expect(fix).toMatch(/without a path/);
});

test("a wrong key, and none, are told by the options that give one; the page of the code is a file that is there", async () => {
  for (const args of [
    ["runs", "list", "--key", "hf_dev_wrong"],
    ["runs", "list", "--data", "nowhere"],
  ]) {
    const { code, fix, output } = await said(args, { HOLDFAST_SECRET_KEY: "", TRIGGER_SECRET_KEY: "" });
    expect([code === 0, fix]).toEqual([
      false,
      expect.stringMatching(/--key or HOLDFAST_SECRET_KEY.*--stack/),
    ]);
    expect(fix).not.toMatch(foreign);
    const [, page = ""] = /^See (.*)\.$/m.exec(output) ?? [];
    const { existsSync } = await import("node:fs");
    expect([page, existsSync(page)]).toEqual([expect.stringMatching(/docs\/errors\/HF\d+\.md$/), true]);
  }
});

test("a stack whose region nobody has said, or that nobody can ask for, is told by what to set", async () => {
  const nobody = { AWS_REGION: "", AWS_CONFIG_FILE: "/nowhere", AWS_SHARED_CREDENTIALS_FILE: "/nowhere" };
  const args = ["runs", "list", "--stack", "Orders"];
  expect((await said(args, nobody)).fix).toMatch(/AWS_REGION/);
  const away = { ...nobody, AWS_REGION: "eu-central-1", AWS_EC2_METADATA_DISABLED: "true" };
  const { fix } = await said(args, away);
  expect(fix).toMatch(/AWS_PROFILE, behind `aws sso login`/);
  const id = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b", AWS_ENDPOINT_URL: "http://127.0.0.1:1" };
  const unreached = await said(args, { ...away, ...id });
  expect([unreached.code, unreached.fix]).toEqual([3, expect.stringContaining("AWS_REGION")]);
});

test("lists that are empty say so, and a check from outside says where nobody answered", async () => {
  expect((await said(["runs", "list"])).output).toContain("There is no run yet.");
  expect((await said(["dlq", "list"])).output).toContain("There is no dead letter: no run");
  expect((await said(["runs", "list", "--task", "order"])).output).toContain("There is no such run.");
  const smoke = await said(["smoke", "--url", "http://127.0.0.1:1", "--key", "x"]);
  expect(smoke.output).toMatch(/The server at http:\/\/127\.0\.0\.1:1 cannot be reached/);
});

test("where a search has not come to its end, its list says from where to go on", async () => {
  const model = await holdfast.trigger("order", { file: "a" });
  await holdfast.finished(model);
  const copies = { runId: model, count: 60_000, spreadMs: 60_000 };
  copyRuns(join(project.path, ".holdfast", "holdfast.db"), copies, () => {});
  const { output } = await said(["runs", "list", "--text", "nowhere"]);
  const [, after = ""] =
    /^None so far\. There are older ones to look at: --after (run_\w+)$/m.exec(output) ?? [];
  expect(after).toMatch(/^run_/);
  expect((await said(["runs", "list", "--text", "nowhere", "--after", after])).output).toBe(
    "There is no such run.\n",
  );
});
