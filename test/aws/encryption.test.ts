/** Run data encrypted in AWS: the template brought to life with `encryption: true`, what is stored, and who can read it. */
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { unpack } from "../../functions/aws/packed-text.ts";
import { command } from "../world/holdfast.ts";
import { type Folder, linkHoldfast, makeFolder } from "../world/place.ts";
import type { Ask } from "./iam.ts";
import type { JsonObject } from "./json.ts";
import { dynamodb, test } from "./on-java.ts";
import { asRole, environmentOf, installCdk } from "./person.ts";
import { type CallRecord, totalUnits } from "./records.ts";
import { type Stack, startStack } from "./stack.ts";

const source = `import { existsSync } from "node:fs";
import { metadata, step, task, wait } from "holdfast";
export const child = task({ id: "child", run: async ({ text }: { text: string }) => ({ child: text }) });
export const ten = task({ id: "ten", run: async () => { for (let n = 0; n < 10; n++) await step("one", async () => n); } });
export const long = task({ id: "long", run: async ({ text }: { text: string }) => text.repeat(250_000) });
export const order = task({
  id: "order",
  retry: { maxAttempts: 1 },
  run: async ({ text, fixed }: { text: string; fixed: string }) => {
    metadata.set("seen", text);
    const small = await step("small", async () => "small " + text);
    const large = await step("large " + text, async () => Array.from({ length: 6_000 }, (_, n) => text + n).join(" "));
    const ended = await child.triggerAndWait({ text });
    const token = await wait.createToken({ timeout: "10m" });
    const told = await wait.forToken<string>(token).unwrap();
    if (!existsSync(fixed)) throw new Error("Nothing works with " + text);
    return { small, large, ended: ended.ok, told };
  },
});
`;

let project: Folder;
let stack: Stack;
/** In whatever is stored, sent or logged nowhere. */
const text = `canary ${randomBytes(12).toString("hex")}`;
const bytes = /canary [0-9a-f]{24}/;

beforeAll(async () => {
  project = await makeFolder("encrypted");
  await mkdir(join(project.path, "tasks"));
  await writeFile(join(project.path, "package.json"), `{ "private": true, "type": "module" }`);
  await writeFile(join(project.path, "tasks", "order.ts"), source);
  await linkHoldfast(project.path);
  const plan = {
    tasks: join(project.path, "tasks"),
    projectRoot: project.path,
    encryption: true,
    callers: true,
  };
  stack = await startStack(plan, { minuteMs: 1_000, dynamodb });
});
afterAll(async () => {
  await stack?.close();
  await project?.remove();
});

/** Parameters of a call as text, with what is packed in them unpacked. */
function readable(value: unknown): string {
  if (Array.isArray(value)) return value.map(readable).join(" ");
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value)
    .map(([name, each]) =>
      name === "B" && typeof each === "string" ? unpack({ B: Buffer.from(each, "base64") }) : readable(each),
    )
    .join(" ");
}

const written = (): CallRecord[] =>
  stack.bench.proxy.records.filter(({ service }) => service !== "secretsmanager");

/** The whole table as it lies there. */
async function dump(): Promise<JsonObject[]> {
  const { bench } = stack;
  const [table] = bench.template.all("AWS::DynamoDB::Table");
  const items: JsonObject[] = [];
  let from: JsonObject | undefined;
  do {
    const page = await bench.tables.call("Scan", {
      TableName: bench.template.ref(String(table?.id)),
      ...(from && { ExclusiveStartKey: from }),
    });
    items.push(...(page.Items as JsonObject[]));
    from = page.LastEvaluatedKey as JsonObject | undefined;
  } while (from !== undefined);
  return items;
}

test("in AWS the key of run data is made by who deploys, once, and is in its own secret alone", async () => {
  const { bench } = stack;
  const refused = await fetch(`${stack.url}/api/v1/tasks`);
  expect(refused.status).toBeGreaterThanOrEqual(500);
  expect(bench.log.join("\n")).toContain("HF411");
  await installCdk(project.path, bench);
  const deployer = environmentOf(asRole(bench, "Deployer"));
  const first = await command(project.path, ["deploy"], deployer);
  expect(first).toMatchObject({ code: 0, output: expect.stringContaining("its runs are sealed with") });
  const key = bench.secrets.text("OrdersEncryption") ?? "";
  expect(key.trim()).toMatch(/^[\w-]{43}$/);
  const again = await command(project.path, ["deploy"], deployer);
  expect(again.output).not.toContain("sealed with");
  expect(bench.secrets.text("OrdersEncryption")).toBe(key);
  expect(JSON.stringify([first, again, bench.log, written()])).not.toContain(key.trim());
}, 60_000);

test("with encryption on nothing in a table dump, a queue's message, a bucket's object or a log line in AWS shows what runs were given, recorded, threw or gave; all of it comes back", async () => {
  const { bench } = stack;
  const fixed = join(project.path, "fixed");
  const id = await stack.trigger("order", { text, fixed }, { metadata: { given: text } });
  const waiting = async (): Promise<string> => {
    const { body } = await stack.request("GET", "/api/v1/waitpoints/tokens");
    return (
      (body as { data: { id: string; status: string }[] }).data.find(({ status }) => status === "WAITING")
        ?.id ?? ""
    );
  };
  await expect.poll(waiting).not.toBe("");
  const done = { data: `told ${text}` };
  await stack.request("POST", `/api/v1/waitpoints/tokens/${await waiting()}/complete`, done);
  const failed = await stack.finished(id, 40_000);
  expect(failed).toMatchObject({ status: "FAILED", error: { message: `Nothing works with ${text}` } });
  await writeFile(fixed, "");
  expect(await stack.request("POST", `/api/v1/runs/${id}/resume`, {})).toMatchObject({ status: 200 });
  const ended = await stack.finished(id, 40_000);
  expect(ended).toMatchObject({
    status: "COMPLETED",
    payload: { text, fixed },
    output: { small: `small ${text}`, ended: true, told: `told ${text}` },
  });
  expect(JSON.stringify(await stack.checkpoints(id))).toContain(`large ${text}`);

  const items = await dump();
  expect(items.length).toBeGreaterThan(10);
  const puts = written().filter(({ service, action }) => service === "s3" && action === "PutObject");
  expect(puts.length).toBeGreaterThan(0);
  const objects = await Promise.all(
    puts.map(({ parameters }) => bench.queues.readObject(String(parameters.Bucket), String(parameters.Key))),
  );
  const letters = bench.queues.messages(bench.queue("DeadLetters")).map(({ body }) => body);
  expect(letters.join()).toContain(id);
  const stored = [
    ...[items, written().map(({ parameters }) => parameters)].map(readable),
    ...objects.map(String),
    ...letters,
    ...bench.log,
  ];
  for (const each of stored) expect(bytes.exec(each)?.index, each.slice(0, 2_000)).toBeUndefined();
  // What is looked for did go this way.
  expect(items.filter(({ dataKey }) => dataKey !== undefined).length).toBeGreaterThan(1);
});

test("a large value in AWS comes by a link to the api itself, which opens it", async () => {
  const id = await stack.trigger("long", { text });
  const run = (await stack.finished(id, 40_000)) as { outputPresignedUrl?: string };
  const link = new URL(String(run.outputPresignedUrl));
  expect(link.pathname).toMatch(/^\/api\/v1\/packets\//);
  expect(link.hostname).toContain("execute-api");
  const answer = await fetch(`${stack.url}${link.pathname}${link.search}`);
  expect([answer.status, await answer.text()]).toEqual([200, `j${JSON.stringify(text.repeat(250_000))}`]);
  const forged = await fetch(`${stack.url}${link.pathname}${link.search.slice(0, -2)}`);
  expect(forged.status).toBe(401);
}, 60_000);

test("erasing a run in AWS shreds its key: its head is gone, and no other item has it", async () => {
  const id = await stack.trigger("child", { text });
  await stack.finished(id);
  const keyOf = (items: readonly JsonObject[]) =>
    (
      items.find(
        ({ pk, sk }) => (pk as { S: string }).S === `run#${id}` && (sk as { S: string }).S === "head",
      )?.dataKey as { S: string } | undefined
    )?.S ?? "";
  const sealed = keyOf(await dump());
  expect(sealed.length).toBeGreaterThan(40);
  const { body } = await stack.request("POST", "/api/v1/runs/erase", { runs: [id] });
  expect(JSON.stringify(body)).toContain(`"erased":["${id}"]`);
  expect(readable(await dump())).not.toContain(sealed);
}, 60_000);

test("reading the key takes both rights, to its secret and to its KMS key through Secrets Manager: four functions have them", async () => {
  const { policies, template } = stack.bench;
  const resource = template.ref("OrdersEncryption");
  const asks = policies.alsoNeeded({ action: "secretsmanager:GetSecretValue", resource });
  expect(asks.map(({ action }) => action)).toEqual(["secretsmanager:GetSecretValue", "kms:Decrypt"]);
  const may = (id: string, ask: Ask): boolean =>
    policies.decide({ role: template.ref(id), session: "test" }, ask).allowed;
  const roles = template.all("AWS::IAM::Role").map(({ id }) => id);
  const readers = roles.filter((id) => asks.every((ask) => may(id, ask)));
  expect(readers.map((id) => id.replace(/^Orders|Role\w+$/g, "")).sort()).toEqual([
    "ApiFunction",
    "Dispatcher",
    "Planner",
    "Timer",
  ]);
  const [, decrypt] = asks as [Ask, Ask];
  const { viaService: _, ...byItself } = decrypt;
  expect(roles.filter((id) => id.startsWith("Orders") && may(id, byItself))).toEqual([]);
  expect(stack.bench.proxy.refusals).toEqual([]);
});

test("with encryption a run of ten awaits of small values costs 13 write units in AWS, as many as without", async () => {
  await stack.finished(await stack.trigger("ten", {}));
  await expect.poll(() => stack.bench.sources[0]?.working).toBe(0);
  const from = stack.bench.proxy.records.length;
  const id = await stack.trigger("ten", {});
  await stack.finished(id);
  await expect.poll(() => stack.bench.sources[0]?.working).toBe(0);
  const own = stack.bench.proxy.records
    .slice(from)
    .filter(({ parameters }) => JSON.stringify(parameters).includes(id));
  const writes = own.filter(({ units }) => units.write > 0);
  expect(totalUnits(writes).write).toBe(13);
}, 60_000);
