/**
 * What takes runs and versions away, on the stack brought to life: the housekeeper once an hour, and the api when it is asked.
 * Each of their statements is taken away, missed in AWS's words, and given back.
 */
import { readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { Policies } from "./iam.ts";
import { isObject, list, text } from "./json.ts";
import { test } from "./on-java.ts";
import type { Scene } from "./taken-away.ts";

const dayMs = 86_400_000;

/** Publishes the same code as another version, as a deployment of other code would: without a build. */
async function republish({ stack }: Scene, folder: string): Promise<void> {
  const { template } = stack.bench;
  const [version] = template.all("AWS::Lambda::Version").map(({ id }) => id);
  const [name = ""] = readdirSync(folder).filter((each) => each.endsWith(".template.json"));
  const file = join(folder, name);
  const whole = await readFile(file, "utf8");
  await writeFile(file, whole.replaceAll(String(version), `${version}x`));
  await stack.bench.deploy(folder);
}

/** Its tests: that it works, and that each statement is missed. `folder`: what was deployed last. */
export function housekeeping(
  scene: () => Scene,
  folder: () => string,
): { readonly works: () => void; readonly missed: () => void } {
  const tableOf = () => {
    const { template } = scene().stack.bench;
    return template.ref(text(template.all("AWS::DynamoDB::Table")[0]?.id, "table"));
  };
  /** A run with a large payload that ended so many days ago; its values were put an hour ago, or are gone. */
  async function ended(
    days: number,
    tag = "kept",
    { status = "COMPLETED", isLost = false }: { readonly status?: string; readonly isLost?: boolean } = {},
  ) {
    const { stack, start } = scene();
    const { proxy, queues, tables } = stack.bench;
    const before = proxy.records.length;
    const id = await start("large", { text: `${tag}-${days}`.repeat(10_000) }, { tags: [tag] });
    expect(await stack.finished(id)).toMatchObject({ status: "COMPLETED" });
    const puts = proxy.records.slice(before).filter(({ action }) => action === "PutObject");
    for (const { parameters } of puts) {
      queues.versions.age(`${parameters.Bucket}/${parameters.Key}`);
      if (isLost) await queues.removeObject(String(parameters.Bucket), String(parameters.Key));
    }
    await tables.call("UpdateItem", {
      TableName: tableOf(),
      Key: { pk: { S: `run#${id}` }, sk: { S: "head" } },
      UpdateExpression: "SET createdAt = :at, updatedAt = :at, finishedAt = :at, #status = :status",
      ExpressionAttributeNames: { "#status": "status" },
      ExpressionAttributeValues: {
        ":at": { N: String(Date.now() - days * dayMs) },
        ":status": { S: status },
      },
    });
    return {
      id,
      isThere: async () => (await stack.request("GET", `/api/v3/runs/${id}`)).status === 200,
    };
  }
  /** Everything that the table has of a run. */
  async function itemsOf(id: string): Promise<number> {
    const { tables } = scene().stack.bench;
    const found = await tables.call("Scan", { TableName: tableOf() });
    return list(found.Items).filter((item) => isObject(item) && JSON.stringify(item).includes(`run#${id}`))
      .length;
  }
  /** The housekeeper's hour, as if a day had passed. */
  async function hour(): Promise<void> {
    const { bench } = scene().stack;
    const { rules, tables, lambda } = bench;
    const atWork = () => lambda.pools(bench.functionId("Housekeeper")).flatMap(({ busy }) => busy);
    await tables.call("DeleteItem", {
      TableName: tableOf(),
      Key: { pk: { S: "sweep" }, sk: { S: "progress" } },
    });
    await rules.fire("hour");
    // To its very end: what it still writes would be the next one's beginning.
    await expect.poll(atWork).toEqual([]);
  }
  async function without(
    name: "ApiFunction" | "Housekeeper",
    sid: string,
    said: string,
    act: () => Promise<unknown>,
  ) {
    const { bench } = scene().stack;
    const { proxy, policies, template } = bench;
    const { Role } = template.resource(bench.functionId(name)).properties;
    const role = text(Role, name).split("/").at(-1) ?? "";
    expect(Policies.namesOf(template, role)).toContain(sid);
    const [refusals, lines] = [proxy.refusals.length, bench.log.length];
    proxy.use(Policies.without(template, role, sid, "nobody"));
    try {
      await act();
      await expect.poll(() => bench.log.slice(lines).join("\n")).toMatch(new RegExp(`${name}.*${said}`, "s"));
    } finally {
      proxy.use(policies);
    }
    expect(proxy.refusals.length).toBeGreaterThan(refusals);
  }
  const refused = (action: string): string =>
    `assumed-role/\\S+ is not authorized to perform: ${action} on resource: arn:aws`;

  const works = () => {
    test("in AWS runs that were kept for 30 days go, with their values, and versions without runs; younger ones stay", async () => {
      const { stack } = scene();
      for (let times = 0; times < 4; times++) await republish(scene(), folder());
      const [old, young] = [await ended(31), await ended(29)];
      const dead = await ended(31, "dead", { status: "FAILED", isLost: true });
      await hour();
      expect([await old.isThere(), await dead.isThere(), await young.isThere()]).toEqual([
        false,
        false,
        true,
      ]);
      expect([await itemsOf(old.id), await itemsOf(dead.id)]).toEqual([0, 0]);
      const { records } = stack.bench.proxy;
      const gone = records
        .filter(({ action }) => action === "DeleteFunction")
        .map(({ parameters }) => parameters.Qualifier);
      // Dead letters of the tests above are on the first two; the last three are never touched.
      expect(gone).toEqual(["3"]);
      expect(records.filter(({ action }) => action === "DeleteObject").length).toBeGreaterThan(0);
    });

    test("in AWS a person's runs are erased by tag at once, and the answer says where something remains until when", async () => {
      const { stack } = scene();
      const run = await ended(0, "user_7");
      const { status, body } = await stack.request("POST", "/api/v1/runs/erase", { tag: "user_7" });
      expect([status, body]).toMatchObject([
        200,
        { erased: [run.id], kept: [], remains: expect.arrayContaining(["lines in CloudWatch, for 30 days"]) },
      ]);
      expect([await run.isThere(), await itemsOf(run.id)]).toEqual([false, 0]);
    });
  };

  const missed = () => {
    test("of the housekeeper's statements each is missed", async () => {
      const old = await ended(31, "missed");
      const isMissed = (sid: string, action: string) => without("Housekeeper", sid, refused(action), hour);
      await isMissed("SweepRuns", "dynamodb:GetItem");
      await isMissed("ListVersions", "lambda:ListVersionsByFunction");
      await isMissed("FindRuns", "dynamodb:Query");
      await isMissed("ReadHeads", "dynamodb:BatchGetItem");
      const untold = "S3 refuses to tell of a value of orders-ordersvalues";
      await without("Housekeeper", "FindValues", untold, hour);
      await isMissed("EraseValues", "s3:DeleteObjectVersion");
      expect(await old.isThere()).toBe(true);
      await isMissed("EraseRuns", "dynamodb:DeleteItem");
      // By now its values are gone, and that cannot be told either.
      await without("Housekeeper", "KnowWhatIsMissing", untold, hour);
      await republish(scene(), folder());
      await isMissed("ReapVersions", "lambda:DeleteFunction");
      await hour();
      expect(await old.isThere()).toBe(false);
    });

    test.each([
      ["EraseValues", "s3:DeleteObjectVersion"],
      ["EraseRuns", "dynamodb:DeleteItem"],
    ])("%s of the api, taken away: nothing is erased", async (sid, action) => {
      const run = await ended(0, sid);
      const ask = () => scene().stack.request("POST", "/api/v1/runs/erase", { runs: [run.id] });
      await without("ApiFunction", sid, refused(action), ask);
      expect(await run.isThere()).toBe(true);
    });
  };
  return { works, missed };
}
