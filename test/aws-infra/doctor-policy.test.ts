/** `holdfast doctor --policy` prints what the functions may do, and that is what the scenarios use. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { policiesIn } from "../../cli/policies.ts";
import { Policies } from "../aws/iam.ts";
import type { JsonObject } from "../aws/json.ts";
import { Template } from "../aws/template.ts";
import { command } from "../world/holdfast.ts";
import { type Folder, makeFolder } from "../world/place.ts";
import { templateOf } from "./synthesized.ts";

let folder: Folder;
const template = templateOf().toJSON() as JsonObject;
beforeAll(async () => {
  folder = await makeFolder("policy");
  await writeFile(join(folder.path, "Stack.template.json"), JSON.stringify(template));
});
afterAll(() => folder?.remove());

test("a policy that `holdfast doctor --policy` prints has the grants that the scenarios use, all of them and no others", async () => {
  const place = { stack: "Stack", region: "eu-central-1", account: "000000000000", versionNumber: () => 1 };
  // That each of these is used, and none is missing, is what test/aws/grants.test.ts shows.
  const used = new Policies(new Template(template, place)).grants().map(({ action }) => action);
  const { output } = await command(folder.path, ["doctor", "--policy", ".", "--json"]);
  const printed = (JSON.parse(output) as Awaited<ReturnType<typeof policiesIn>>)
    .flatMap(({ Statement }) => Statement)
    .flatMap(({ Effect, Action }) => (Effect === "Allow" ? [Action].flat() : []));
  expect(printed.sort()).toEqual(used.sort());
});

test("it is printed by function, with the names that the template has", async () => {
  const { code, output } = await command(folder.path, ["doctor", "--policy", "."]);
  expect(code).toBe(0);
  expect(output).toContain("Stack/OrdersDispatcher\n");
  expect(output).toMatch(/Allow HandOff +lambda:InvokeFunction on OrdersDispatcher:\*/);
});

test("without a template it says how one is made", async () => {
  const { code, output } = await command(folder.path, ["doctor", "--policy", "nowhere"]);
  expect([code, output]).toEqual([2, expect.stringContaining("npx cdk synth")]);
});
