/**
 * The template's queues and buckets on fauxqs.
 *
 * Owns:      the mapping by name: a queue's URL in the template is AWS's, fauxqs knows its own.
 * Invariant: what SQS refuses and fauxqs takes is refused here: a delay that is no whole number from 0 to 900, and a
 *            message group with a standard queue is passed over as fauxqs does.
 */
import { type FauxqsServer, startFauxqs } from "fauxqs";
import { queueNameOf } from "./call.ts";
import { forward } from "./forward.ts";
import { isObject, type Json, type JsonObject, list, object, only, text, texts } from "./json.ts";
import { ObjectVersions } from "./object-versions.ts";
import { presigned } from "./presigned.ts";
import type { Backend } from "./proxy.ts";
import { failure, type Reply } from "./replies.ts";
import type { Template } from "./template.ts";

const attributeProperties = ["VisibilityTimeout", "DelaySeconds", "ReceiveMessageWaitTimeSeconds"] as const;

/** How many messages a queue holds, by state. */
export interface QueueCounts {
  readonly ready: number;
  readonly delayed: number;
  readonly inFlight: number;
}

/** A message as it lies in a queue. */
export interface QueuedMessage {
  readonly id: string;
  readonly body: string;
}

/** Queues and buckets of one bench. */
export class Queues {
  readonly #server: FauxqsServer;
  readonly #region: string;
  /** Of the bucket's objects. */
  readonly versions = new ObjectVersions();
  readonly #urls = new Map<string, string>();

  private constructor(server: FauxqsServer, region: string) {
    this.#server = server;
    this.#region = region;
  }

  static async start(region: string): Promise<Queues> {
    return new Queues(await startFauxqs({ port: 0, logger: false, defaultRegion: region }), region);
  }

  /** Makes the template's queues and buckets; a queue that is there gets its new settings. */
  create(template: Template): void {
    const queues = template.all("AWS::SQS::Queue");
    // A dead-letter queue has to be there before the queue that names it.
    const ordered = [...queues].sort(
      (a, b) => Number(hasRedrive(a.properties)) - Number(hasRedrive(b.properties)),
    );
    for (const { id, properties } of ordered) {
      const name = text(template.attribute(id, "QueueName"), id);
      if (this.#urls.has(name)) continue;
      const attributes = Object.fromEntries(
        attributeProperties
          .filter((each) => properties[each] !== undefined)
          .map((each) => [each, String(properties[each])]),
      );
      if (hasRedrive(properties)) attributes.RedrivePolicy = JSON.stringify(redriveOf(id, properties));
      const { queueUrl } = this.#server.createQueue(name, { region: this.#region, attributes });
      this.#urls.set(name, queueUrl);
    }
    for (const { id } of template.all("AWS::S3::Bucket")) this.#server.createBucket(template.ref(id));
  }

  /** What a queue holds. */
  counts(name: string): QueueCounts {
    const { ready, delayed, inflight } = this.#inspect(name);
    return { ready: ready.length, delayed: delayed.length, inFlight: inflight.length };
  }

  /** True when a receive would find a message: a call of the harness that costs nothing and changes nothing. */
  hasMessage(name: string): boolean {
    const { ready, delayed, inflight } = this.#inspect(name);
    const now = Date.now();
    return (
      ready.length > 0 ||
      delayed.some(({ delayUntil = 0 }) => delayUntil <= now) ||
      inflight.some(({ visibilityDeadline }) => visibilityDeadline <= now)
    );
  }

  /** The messages of a queue, whatever their state. */
  messages(name: string): QueuedMessage[] {
    const { ready, delayed, inflight } = this.#inspect(name);
    const all = [...ready, ...delayed, ...inflight.map(({ message }) => message)];
    return all.map(({ messageId, body }) => ({ id: messageId, body }));
  }

  /** Time skip: every message in flight can be received at once, as when its visibility time-out had passed. */
  async expireVisibility(name: string): Promise<number> {
    const { inflight } = this.#inspect(name);
    for (const { receiptHandle } of inflight)
      await this.#call("ChangeMessageVisibility", name, {
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: 0,
      });
    return inflight.length;
  }

  /** Puts a message in, as if it had come there by itself. */
  async put(name: string, body: string): Promise<void> {
    await this.#call("SendMessage", name, { MessageBody: body });
  }

  /** Loses every message of a queue. */
  async loseAll(name: string): Promise<void> {
    await this.#call("PurgeQueue", name, {});
  }

  /** Loses an object of a bucket, as a careless person might. */
  async removeObject(bucket: string, key: string): Promise<void> {
    await this.#object("DELETE", bucket, key);
  }

  /** The bytes of an object. */
  readObject(bucket: string, key: string): Promise<Buffer> {
    return this.#object("GET", bucket, key);
  }

  async #object(method: string, bucket: string, key: string): Promise<Buffer> {
    const authorization = `AWS4-HMAC-SHA256 Credential=BENCH/20260101/${this.#region}/s3/aws4_request`;
    const request = { method, path: `/${bucket}/${key}`, headers: { authorization }, body: Buffer.alloc(0) };
    const { status, body } = await forward(this.#server.port, request);
    if (status >= 300) throw new Error(`${method} ${key}: ${status}`);
    return body;
  }

  /** Answers the functions' calls to SQS. */
  readonly backend: Backend = (action, request) => {
    const { parameters } = action;
    const url = this.#urls.get(queueNameOf(parameters));
    if (url === undefined)
      return Promise.resolve(failure("sqs", 400, "QueueDoesNotExist", "The specified queue does not exist."));
    const refusal = strangeDelay(parameters);
    if (refusal !== undefined) return Promise.resolve(refusal);
    const body = Buffer.from(JSON.stringify({ ...parameters, QueueUrl: url }));
    return forward(this.#server.port, { ...request, body });
  };

  /** Answers the functions' calls to S3, and presigned ones. */
  get objects(): Backend {
    return this.versions.around(({ parameters: { Bucket, Key } }, request) =>
      forward(this.#server.port, presigned(request) ? { ...request, path: `/${Bucket}/${Key}` } : request),
    );
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  #inspect(name: string) {
    const found = this.#server.inspectQueue(name);
    if (found === undefined) throw new Error(`There is no queue ${name}.`);
    return found.messages;
  }

  async #call(action: string, name: string, body: JsonObject): Promise<void> {
    const headers = {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `AmazonSQS.${action}`,
      authorization: `AWS4-HMAC-SHA256 Credential=BENCH/20260101/${this.#region}/sqs/aws4_request`,
    };
    const text = JSON.stringify({ ...body, QueueUrl: this.#urls.get(name) ?? "" });
    const reply = await forward(this.#server.port, {
      method: "POST",
      path: "/",
      headers,
      body: Buffer.from(text),
    });
    if (reply.error !== undefined) throw new Error(`${action}: ${reply.body.toString("utf8")}`);
  }
}

const hasRedrive = (properties: JsonObject): boolean => properties.RedrivePolicy !== undefined;

function redriveOf(id: string, properties: JsonObject): JsonObject {
  const policy = object(properties.RedrivePolicy, `${id}.RedrivePolicy`);
  return only(policy, ["deadLetterTargetArn", "maxReceiveCount"], `${id}.RedrivePolicy`) as JsonObject;
}

/** SQS takes whole seconds from 0 to 900; fauxqs takes anything. */
function strangeDelay(parameters: JsonObject): Reply | undefined {
  const entries = list(parameters.Entries).filter(isObject);
  const delays: Json[] = [parameters, ...entries].flatMap(({ DelaySeconds }) => DelaySeconds ?? []);
  const wrong = delays.find((each) => !Number.isInteger(each) || Number(each) < 0 || Number(each) > 900);
  if (wrong === undefined) return undefined;
  return failure(
    "sqs",
    400,
    "InvalidParameterValue",
    `Value ${wrong} for parameter DelaySeconds is invalid. Reason: Must be between 0 and 900, if provided.`,
  );
}

/** The queues' names of a policy or a mapping, from their ARNs. */
export const queueOfArn = (arn: string): string => texts(arn.split(":"), "arn").at(-1) ?? "";
