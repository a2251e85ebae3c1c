/**
 * The Lambda function behind the HTTP API: the same HTTP app as on one machine.
 *
 * Owns:      which keys of the project's secret open what.
 * Never:     keeps a key that has been replaced for longer than the secret's half minute.
 * Invariant: what a request has rung for is sent before it is answered; losing that costs time, never the run.
 */

import { createHmac } from "node:crypto";
import type { KeptCode } from "../engine/code-choice.ts";
import { type Code, isOwnError } from "../engine/errors.ts";
import type { Ports } from "../engine/ports.ts";
import { hashedKeys, letIn } from "./auth.ts";
import { makeS3Client } from "./aws/clients.ts";
import { dynamoQueues } from "./aws/dynamo-queues.ts";
import { dynamoSchedules } from "./aws/dynamo-schedules.ts";
import { s3Bin } from "./aws/s3-bin.ts";
import { s3Links } from "./aws/s3-links.ts";
import { secretsManagerSecrets, secretText } from "./aws/secrets.ts";
import { makeSecretsClient } from "./aws/secrets-client.ts";
import type { DelayedDoorbell } from "./bell.ts";
import { realClock } from "./clock.ts";
import { apiConfig } from "./config.ts";
import { type DashboardFiles, readDashboard } from "./dashboard-files.ts";
import { deliveryMessage } from "./delivery-notes.ts";
import { deployedCode, readManifest } from "./deployed-code.ts";
import type { DeployedCode, HttpDeps, SecretListing } from "./deps.ts";
import { type FoundDeliveries, foundDeliveries } from "./found-deliveries.ts";
import { type FoundLogs, foundLogs } from "./found-lines.ts";
import { type HttpResult, isTooLong, toRequest, toResult } from "./http.ts";
import { httpApp } from "./http-app.ts";
import { invokedRequest, isHttpEvent } from "./invoked.ts";
import { keptVersions } from "./kept-versions.ts";
import { noteUses } from "./key-uses.ts";
import { type Encryption, encryptionOf } from "./lazy-encryption.ts";
import { errorFields, type Log } from "./log.ts";
import type { LogSearch } from "./log-search.ts";
import { forTasks, type ProjectSecrets, type SecretValues } from "./project-secrets.ts";
import { hashesIn } from "./secret-key.ts";
import { secretsIn } from "./webhook-endpoints.ts";
import { standardLog, wirePorts, wireStore } from "./wire.ts";

/** What the api is made of. */
export interface ApiDeps {
  readonly ports: Ports;
  readonly bell: DelayedDoorbell;
  readonly secrets: ProjectSecrets;
  /** The version that is current at this moment, asked anew. */
  readonly newestSecrets: ProjectSecrets["current"];
  readonly code: DeployedCode;
  readonly dashboard?: DashboardFiles | undefined;
  readonly schedules: HttpDeps["schedules"];
  readonly queues: HttpDeps["queues"];
  readonly logs: FoundLogs;
  /** Out of this function's own lines. */
  readonly deliveries: FoundDeliveries;
  /** Absent where values are sealed: then the app answers links itself. */
  readonly linkTo?: HttpDeps["linkTo"];
  readonly publicUrl?: string | undefined;
  readonly stage: string;
  readonly encryption?: Pick<Encryption, "linkKey" | "renew"> | undefined;
  readonly planner?: HttpDeps["planner"];
  readonly deployments: HttpDeps["deployments"];
  readonly erasing: HttpDeps["erasing"];
  readonly log: Log;
  /** Told of each use of a key. */
  readonly keyUsed?: HttpDeps["keyUsed"];
}

/** Where something of an erased run may still be. */
const remains = (logDays: number): string[] => [
  "the table's point-in-time recovery, for 35 days",
  `lines in CloudWatch, for ${logDays} days`,
  "older copies of large values in the bucket, for a day or two",
  "traces that were sent elsewhere, for as long as they are kept there",
];

/** The secrets that may sign deliveries to a task: its own where it names one, else the project's. */
function webhookSecrets(code: DeployedCode, values: SecretValues): HttpDeps["webhookSecret"] {
  return (id) => {
    const task = code.tasks().find((each) => each.id === id);
    if (task === undefined) return undefined;
    // One that names a secret of its own takes no other: a setting that is missing must not open it to all.
    return secretsIn((name) => values[name], task.webhookSecret ?? "HOLDFAST_WEBHOOK_SECRET");
  };
}

/** Older versions of the secret are there; to list them is a right that this function does not have. */
const listing = (version: string | undefined, values: SecretValues): SecretListing => ({
  secrets: Object.keys(forTasks(values))
    .sort()
    .map((name) => ({ name, from: "Secrets Manager" })),
  versions: version === undefined ? [] : [{ version }],
  isComplete: false,
});

/** Signs links to large values alike in all processes. What it is made of only the secret's readers know; undefined: there is no key. */
function linkKeyOf(values: SecretValues): Buffer | undefined {
  const hashes = hashesIn(values).join(" ");
  return hashes === "" ? undefined : createHmac("sha256", hashes).update("links to large values").digest();
}

function appOf(deps: ApiDeps, version: string | undefined, values: SecretValues) {
  const { ports, code, dashboard, schedules, queues, logs, linkTo, publicUrl, erasing, log } = deps;
  return httpApp({
    ports,
    code,
    schedules,
    queues,
    logs,
    deliveries: {
      ...deps.deliveries,
      note: ({ at: _, ...delivery }) => log.info(deliveryMessage, { delivery }),
    },
    keys: hashedKeys(hashesIn(values)),
    keyUsed: deps.keyUsed,
    webhookSecret: webhookSecrets(code, values),
    secretsNamed: (setting) => secretsIn((name) => values[name], setting),
    envvars: {
      stage: deps.stage,
      listed: async () => listing(version, values),
      current: deps.newestSecrets,
    },
    dashboard,
    ...(linkTo && { linkTo }),
    ...(publicUrl !== undefined && { publicUrl }),
    linkKey: deps.encryption?.linkKey() ?? linkKeyOf(values),
    ...(deps.planner && { planner: deps.planner }),
    deployments: deps.deployments,
    erasing,
    log,
  });
}

function refusal(statusCode: number, code: Code, error: string): HttpResult {
  const headers = {
    "content-type": "application/json",
    ...(statusCode === 503 ? { "retry-after": "5" } : {}),
  };
  const body = JSON.stringify({ code, error });
  return { statusCode, headers, body, isBase64Encoded: false };
}

const broken = refusal(503, "HF212", "HF212 Something inside Holdfast failed. Try again in a few seconds.");
const tooLong = refusal(
  413,
  "HF302",
  "HF302 The answer is larger than the 6 MB that Lambda can give. Ask for fewer rows at a time: ?limit=10.",
);

/** The handler on these parts. */
export function api(deps: ApiDeps) {
  let made: { readonly version: string | undefined; readonly app: ReturnType<typeof appOf> } | undefined;

  async function app() {
    const version = await deps.secrets.current();
    if (made === undefined || made.version !== version) {
      made = { version, app: appOf(deps, version, (await deps.secrets.values(version)).values) };
    }
    return made.app;
  }

  /** A caller that invokes the function itself was let in by IAM. */
  async function answered(event: unknown): Promise<Response> {
    const own = await app();
    return isHttpEvent(event)
      ? own.fetch(toRequest(event))
      : own.fetch(invokedRequest(event), { [letIn]: true });
  }

  return async (event: unknown): Promise<HttpResult> => {
    try {
      await deps.encryption?.renew();
      const response = await answered(event);
      await deps.bell.flush();
      const result = await toResult(response);
      return isTooLong(result) ? tooLong : result;
    } catch (error) {
      if (isOwnError(error) && error.code === "HF213") return refusal(400, error.code, error.message);
      deps.log.error("A request could not be answered", errorFields(error));
      return broken;
    }
  };
}

/** Its client is loaded with the first plan that is asked for. */
function lazyPlanner(functionName: string): NonNullable<HttpDeps["planner"]> {
  return {
    async plan(asked) {
      const { lambdaPlanner } = await import("./aws/lambda-planner.ts");
      return lambdaPlanner(functionName)(asked);
    },
  };
}

/** The same for older code. */
const askedOf =
  (functionName: string): KeptCode["tasksOf"] =>
  async (version) =>
    (await import("./aws/lambda-planner.ts")).versionsByPlanner(functionName)(version);

/** The same for all that are there. */
const deploymentsOf =
  (functionName: string): HttpDeps["deployments"] =>
  async () =>
    (await import("./aws/lambda-planner.ts")).deploymentsByPlanner(functionName)();

/** Its client is loaded with the first search. */
const search: LogSearch = async (asked) =>
  (await import("./aws/cloudwatch-search.ts")).cloudWatchSearch(asked);

async function wire(): Promise<ApiDeps> {
  const config = apiConfig();
  const log = standardLog();
  const client = makeSecretsClient();
  const encryption = await encryptionOf(config.encryptionId, (id) => secretText(client, id));
  const { dynamo, bell, store } = wireStore({ ...config, log });
  const place = { client: dynamo, table: config.table };
  const [schedules, queues] = [dynamoSchedules(place), dynamoQueues({ ...place, callsParked: false })];
  const secret = { client, secretId: config.secretId, clock: realClock };
  const secrets = secretsManagerSecrets(secret);
  const bucket = { bucket: config.bucket, makeClient: makeS3Client };
  const code = deployedCode(readManifest(), config.codeVersion);
  const keptCode = keptVersions({ code, clock: realClock, ask: askedOf(config.plannerName) });
  const plain = { ...wirePorts({ store, bell, bucket: config.bucket }), store, keptCode };
  const ports = encryption?.ports(plain) ?? plain;
  const erasing = {
    store: ports.store,
    values: s3Bin({ ...bucket, clock: realClock }),
    remains: remains(config.logDays),
  };
  // The build has put the files beside this one.
  const dashboard = readDashboard(new URL("./", import.meta.url));
  // Reading: fields @timestamp | filter message = "A key is in use" | stats max(@timestamp) by keyId
  const keyUsed = noteUses(3_600_000, (keyId) => log.info("A key is in use", { keyId }));
  return {
    keyUsed,
    ports,
    bell,
    secrets,
    newestSecrets: secretsManagerSecrets({ ...secret, currentMs: 0 }).current,
    code,
    dashboard,
    schedules,
    queues,
    logs: foundLogs(config.logGroup, search, realClock.now),
    deliveries: foundDeliveries(config.ownLogGroup, search, config.logDays, realClock.now),
    stage: config.stage,
    ...(encryption ? { publicUrl: config.publicUrl } : { linkTo: s3Links(bucket) }),
    encryption,
    planner: lazyPlanner(config.plannerName),
    deployments: deploymentsOf(config.plannerName),
    erasing,
    log,
  };
}

let wired: ReturnType<typeof api> | undefined;

/** What Lambda calls. */
export async function handler(event: unknown): Promise<HttpResult> {
  wired ??= api(await wire());
  return wired(event);
}
