/**
 * The AWS that played processes call: tables, queues, bucket, secret and policies of the synthesized template, behind
 * the recording proxy. DynamoDB's engine is Amazon's own.
 *
 * Never:     keeps a message back in real time: SQS takes it (fauxqs), and `world.ts` hands it over when it is due.
 */
import { hashOfKey } from "../../functions/secret-key.ts";
import { Tables } from "../aws/dynamodb.ts";
import { Policies } from "../aws/iam.ts";
import { type JsonObject, list, number, object, text } from "../aws/json.ts";
import type { Backend } from "../aws/proxy.ts";
import { RecordingProxy } from "../aws/proxy.ts";
import { Queues } from "../aws/queues.ts";
import { failure } from "../aws/replies.ts";
import { Secrets } from "../aws/secrets.ts";
import { Template } from "../aws/template.ts";
import { templateOf } from "../aws-infra/synthesized.ts";
import { secretKey, webhookSecret } from "../world/holdfast.ts";

const region = "eu-central-1";
const account = "000000000000";

/** A ring that SQS has taken. */
export interface Taken {
  readonly id: string;
  readonly body: string;
  readonly delayMs: number;
}

/** Everything that answers calls. */
export interface Stage {
  readonly region: string;
  readonly template: Template;
  readonly proxy: RecordingProxy;
  readonly table: string;
  readonly bucket: string;
  readonly secretId: string;
  readonly doorbellUrl: string;
  readonly deadLetterUrl: string;
  readonly lostRingsUrl: string;
  /** The role of a function, by a part of its logical id. */
  role(name: string): string;
  /** Letters in the queue of dead letters. */
  letters(): string[];
  /** Takes every item of these partitions out of the table. */
  sweep(partitions: readonly string[]): Promise<void>;
  /** The name of the dispatcher. */
  readonly functionName: string;
  /** Told of each ring that SQS takes. */
  onRing: (ring: Taken) => void;
  /** Told of each event that a version of the dispatcher is invoked with. False: there is no such version. */
  onInvoke: (version: string, event: string) => boolean;
  close(): Promise<void>;
}

/** What the adapters load when it is first needed: played time would go on while it is read from the disk. */
const loadedAhead = (): Promise<unknown> =>
  Promise.all([
    import("../../functions/aws/dynamo-limits.ts"),
    import("../../functions/aws/dynamo-list.ts"),
    import("../../functions/aws/dynamo-pools.ts"),
    import("../../functions/aws/dynamo-wake.ts"),
    import("../../functions/aws/hand-off.ts"),
    import("../../functions/aws/lambda-client.ts"),
    import("../../functions/aws/s3-parts.ts"),
  ]);

/** Puts the stage up. */
export async function openStage(dynamodb: string | undefined): Promise<Stage> {
  await loadedAhead();
  const place = { stack: "Stack", region, account, versionNumber: () => 1 };
  const template = new Template(templateOf().toJSON() as JsonObject, place);
  const [tables, queues] = await Promise.all([Tables.open(region, dynamodb), Queues.start(region)]);
  const secrets = new Secrets();
  await tables.create(template);
  queues.create(template);
  secrets.create(template);
  secrets.put({ HOLDFAST_KEY_HASHES: hashOfKey(secretKey), HOLDFAST_WEBHOOK_SECRET: webhookSecret });
  const idOf = (type: string, part: string): string => {
    const ids = template.all(type).map(({ id }) => id);
    return text(
      ids.find((id) => id.includes(part)),
      `${type} ${part}`,
    );
  };
  const doorbellUrl = template.ref(idOf("AWS::SQS::Queue", "Doorbell"));
  const heard: Pick<Stage, "onRing" | "onInvoke"> = { onRing: () => {}, onInvoke: () => false };
  const proxy = await RecordingProxy.start(
    {
      dynamodb: tables.backend,
      sqs: timeless(queues.backend, doorbellUrl, (ring) => heard.onRing(ring)),
      s3: queues.objects,
      secretsmanager: secrets.backend,
      lambda: async ({ parameters }) => {
        const version = text(parameters.Qualifier, "Qualifier");
        return heard.onInvoke(version, text(parameters.Payload, "Payload"))
          ? { status: 202, headers: {}, body: Buffer.alloc(0) }
          : failure("lambda", 404, "ResourceNotFoundException", `There is no version ${version}.`);
      },
      ecs: async () => failure("ecs", 501, "NotPlayed", "Nothing here is longRunning."),
      xray: async () => failure("xray", 501, "NotPlayed", "Nothing here is traced."),
      cloudformation: async () =>
        failure("cloudformation", 501, "NotPlayed", "Nothing here asks for stacks."),
      logs: async () => failure("logs", 501, "NotPlayed", "Nothing here reads a log."),
    },
    account,
  );
  proxy.use(new Policies(template));
  const [table] = [...template.all("AWS::DynamoDB::GlobalTable"), ...template.all("AWS::DynamoDB::Table")];
  const tableName = template.ref(text(table?.id, "table"));
  const deadLetterUrl = template.ref(idOf("AWS::SQS::Queue", "DeadLetters"));
  return Object.assign(heard, {
    region,
    template,
    proxy,
    table: tableName,
    sweep: (partitions: readonly string[]) => sweep(tables, tableName, partitions),
    functionName: template.ref(idOf("AWS::Lambda::Function", "Dispatcher")),
    bucket: template.ref(idOf("AWS::S3::Bucket", "")),
    secretId: template.ref(idOf("AWS::SecretsManager::Secret", "")),
    doorbellUrl,
    deadLetterUrl,
    lostRingsUrl: template.ref(idOf("AWS::SQS::Queue", "LostRings")),
    role: (name: string) =>
      text(template.resource(idOf("AWS::Lambda::Function", name)).properties.Role, name)
        .split("/")
        .at(-1) ?? "",
    letters: () => queues.messages(nameOf(deadLetterUrl)).map(({ body }) => body),
    close: async () => {
      await Promise.all([proxy.close(), queues.stop()]);
    },
  });
}

async function sweep(tables: Tables, TableName: string, partitions: readonly string[]): Promise<void> {
  for (const pk of partitions) {
    const ExpressionAttributeValues = { ":pk": { S: pk } };
    const query = { TableName, KeyConditionExpression: "pk = :pk", ExpressionAttributeValues };
    const { Items } = await tables.call("Query", query);
    for (const item of list(Items)) {
      const { pk = null, sk = null } = object(item, "item");
      await tables.call("DeleteItem", { TableName, Key: { pk, sk } });
    }
  }
}

const nameOf = (url: string): string => url.split("/").at(-1) ?? "";

/** SQS takes the rings, their delays set aside: who hands them over keeps a time of his own. */
function timeless(backend: Backend, doorbellUrl: string, took: (ring: Taken) => void): Backend {
  return async (action, request) => {
    const { parameters } = action;
    const isRing = action.name.startsWith("SendMessage") && parameters.QueueUrl === doorbellUrl;
    const reply = await backend(action, request);
    if (!isRing || reply.error !== undefined) return reply;
    const sent = action.name === "SendMessage" ? [parameters] : list(parameters.Entries);
    for (const [place, each] of sent.entries()) {
      const { MessageBody, DelaySeconds } = object(each, "message");
      const delayMs = number(DelaySeconds ?? 0, "DelaySeconds") * 1_000;
      took({ id: `m${place}`, body: text(MessageBody, "MessageBody"), delayMs });
    }
    return reply;
  };
}
