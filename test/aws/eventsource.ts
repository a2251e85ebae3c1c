/**
 * Lambda's poller between a queue and a function: receives under the function's role, hands over batches, deletes what
 * went well.
 *
 * Invariant: what the function reports as failed, and everything of a batch whose function failed or whose answer makes
 *            no sense, stays invisible until its visibility time-out has passed, then comes again.
 */
import { randomBytes } from "node:crypto";
import { forward } from "./forward.ts";
import type { Invoked } from "./invocation.ts";
import { isObject, type Json, type JsonObject, list, number, object, only, text } from "./json.ts";
import type { Caller } from "./proxy.ts";
import type { Queues } from "./queues.ts";
import { queueOfArn } from "./queues.ts";
import { nameOfFunction } from "./resources.ts";
import type { Resource, Template } from "./template.ts";

const lookMs = 5;
/** AWS begins with five pollers, and never promises more. */
const pollersByDefault = 5;

/** What a poller works with. */
export interface EventSourceSetup {
  readonly queues: Queues;
  readonly proxyUrl: string;
  readonly region: string;
  /** At most so many batches at once, whatever the template allows: AWS never promises more either. */
  readonly atMost: number;
  know(accessKey: string, caller: Caller): () => void;
  invoke(name: string, qualifier: string | undefined, event: string): Promise<Invoked>;
}

/** A mapping of the template. */
interface Mapping {
  readonly queueArn: string;
  readonly queue: string;
  readonly functionName: string;
  readonly qualifier: string | undefined;
  readonly batchSize: number;
  readonly partial: boolean;
  readonly concurrency: number;
}

/** The mappings of a template: `FilterCriteria` and a window are not among what the bench knows. */
export function mappingsOf(template: Template): Mapping[] {
  return template.all("AWS::Lambda::EventSourceMapping").map(mappingOf);
}

function mappingOf({ id, properties }: Resource): Mapping {
  const reference = text(properties.FunctionName, id);
  const batchSize = number(properties.BatchSize ?? 10, `${id}.BatchSize`);
  if (batchSize > 10) throw new Error(`${id} takes batches of ${batchSize}; the bench plays at most 10.`);
  if (number(properties.MaximumBatchingWindowInSeconds ?? 0, id) !== 0)
    throw new Error(`${id} has a batching window.`);
  const responses = list(properties.FunctionResponseTypes);
  const scaling = only(object(properties.ScalingConfig, id), ["MaximumConcurrency"], `${id}.ScalingConfig`);
  const concurrency = number(scaling.MaximumConcurrency ?? pollersByDefault, `${id}.MaximumConcurrency`);
  if (concurrency < 2 || concurrency > 1_000)
    throw new Error(`${id}: MaximumConcurrency is from 2 to 1000, not ${concurrency}.`);
  const queueArn = text(properties.EventSourceArn, id);
  return {
    queueArn,
    queue: queueOfArn(queueArn),
    functionName: nameOfFunction(reference),
    qualifier: reference.split(":")[reference.startsWith("arn:") ? 7 : 1],
    batchSize,
    partial: responses.includes("ReportBatchItemFailures"),
    concurrency,
  };
}

/** One mapping at work. */
export class EventSource {
  readonly mapping: Mapping;
  readonly #setup: EventSourceSetup;
  readonly #accessKey = `ASIAPOLLER${randomBytes(5).toString("hex").toUpperCase()}`;
  readonly #forget: () => void;
  #working = 0;
  #receiving = false;
  #stopped = false;
  #timer: NodeJS.Timeout;
  /** What Lambda shows as the mapping's last result. */
  lastProblem: string | undefined;
  /** Batches handed over so far, and how many of them failed as a whole. */
  readonly counts = { batches: 0, failed: 0 };

  constructor(mapping: Mapping, role: string, setup: EventSourceSetup) {
    this.mapping = mapping;
    this.#setup = setup;
    const session = mapping.functionName;
    this.#forget = setup.know(this.#accessKey, { name: "Poller", role, session, kill: () => undefined });
    this.#timer = setInterval(() => void this.#look(), lookMs);
  }

  /** What Lambda checks when a mapping is made: may the function's role read the queue? */
  async check(): Promise<void> {
    await this.#call("GetQueueAttributes", { AttributeNames: ["VisibilityTimeout"] });
  }

  /** Batches that are being worked on. */
  get working(): number {
    return this.#working;
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#forget();
  }

  async #look(): Promise<void> {
    const { queue, concurrency, batchSize } = this.mapping;
    const room = Math.min(concurrency, this.#setup.atMost);
    if (this.#receiving || this.#working >= room || !this.#setup.queues.hasMessage(queue)) return;
    this.#receiving = true;
    try {
      const received = await this.#call("ReceiveMessage", {
        MaxNumberOfMessages: batchSize,
        AttributeNames: ["All"],
        MessageAttributeNames: ["All"],
      });
      const messages = list(received?.Messages).filter(isObject);
      if (messages.length > 0 && !this.#stopped) void this.#work(messages);
    } finally {
      this.#receiving = false;
    }
  }

  async #work(messages: readonly JsonObject[]): Promise<void> {
    this.#working += 1;
    this.counts.batches += 1;
    try {
      const { functionName, qualifier } = this.mapping;
      const event = JSON.stringify({ Records: messages.map((message) => this.#record(message)) });
      const end = await this.#setup.invoke(functionName, qualifier, event);
      const failed = this.#failedOf(end, messages);
      if (failed === "all") this.counts.failed += 1;
      const done = messages.filter(({ MessageId }) => failed !== "all" && !failed.has(String(MessageId)));
      const Entries = done.map(({ ReceiptHandle }, i) => ({
        Id: String(i),
        ReceiptHandle: ReceiptHandle ?? "",
      }));
      if (Entries.length > 0 && !this.#stopped) await this.#call("DeleteMessageBatch", { Entries });
    } finally {
      this.#working -= 1;
    }
  }

  #failedOf(end: Invoked, messages: readonly JsonObject[]): ReadonlySet<string> | "all" {
    if (!end.ok) return "all";
    if (!this.mapping.partial) return new Set();
    return failuresIn(
      end.result,
      messages.map(({ MessageId }) => String(MessageId)),
    );
  }

  #record(message: JsonObject): JsonObject {
    return {
      messageId: message.MessageId ?? "",
      receiptHandle: message.ReceiptHandle ?? "",
      body: message.Body ?? "",
      attributes: message.Attributes ?? {},
      messageAttributes: message.MessageAttributes ?? {},
      md5OfBody: message.MD5OfBody ?? "",
      eventSource: "aws:sqs",
      eventSourceARN: this.mapping.queueArn,
      awsRegion: this.#setup.region,
    };
  }

  /** A call under the function's role. Undefined: it failed, as the poller's calls may; it tries again. */
  async #call(action: string, body: JsonObject): Promise<JsonObject | undefined> {
    const { proxyUrl, region } = this.#setup;
    const QueueUrl = `https://sqs.${region}.amazonaws.com/000000000000/${this.mapping.queue}`;
    const headers = {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `AmazonSQS.${action}`,
      authorization: `AWS4-HMAC-SHA256 Credential=${this.#accessKey}/20260101/${region}/sqs/aws4_request`,
    };
    const request = {
      method: "POST",
      path: "/",
      headers,
      body: Buffer.from(JSON.stringify({ ...body, QueueUrl })),
    };
    const reply = await forward(Number(new URL(proxyUrl).port), request).catch(() => undefined);
    if (reply === undefined) return undefined;
    const answer = JSON.parse(reply.body.toString("utf8") || "{}") as JsonObject;
    if (reply.status < 300) return answer;
    this.lastProblem = `PROBLEM: ${answer.message ?? answer.Message}`;
    return undefined;
  }
}

/**
 * The failed messages of a partial response, as AWS reads it: nothing or an empty list means success; an id that is
 * unknown, empty or missing, and an answer that is no such object, fail the whole batch.
 */
export function failuresIn(result: string, ids: readonly string[]): ReadonlySet<string> | "all" {
  const answer = JSON.parse(result) as Json;
  if (answer === null) return new Set();
  if (!isObject(answer)) return "all";
  const failures = answer.batchItemFailures;
  if (failures === undefined || failures === null) return new Set();
  if (!Array.isArray(failures)) return "all";
  const found = failures.map((each: Json) => (isObject(each) ? each.itemIdentifier : undefined));
  const known = found.every((each) => typeof each === "string" && ids.includes(each));
  return known ? new Set(found.map(String)) : "all";
}
