/**
 * The queues: the doorbell, the rings that never got through, and the letters of the runs that failed.
 *
 * Owns:      their settings, and who may send to and receive from them.
 * Never:     carries a payload: a message names a run.
 * Invariant: a ring stays invisible for longer than any pass lasts; losing all messages loses no run.
 */
import { Duration } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { type Alias, EventSourceMapping } from "aws-cdk-lib/aws-lambda";
import { Queue, QueueEncryption, type QueueProps } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { argue } from "./nag.ts";
import type { Settings } from "./props.ts";
import { lasting } from "./stable.ts";

/** What is tried before a ring is put aside: throttling counts as a try, so few would be too few. */
const maxReceiveCount = 10;
/** AWS advises six times the function's limit. */
const visibilityTimes = 6;

/** The three queues. */
export interface Queues {
  readonly doorbell: Queue;
  /** Rings that SQS gave up on. The timer rings them again. */
  readonly lostRings: Queue;
  /** One message per failed run, for people. */
  readonly deadLetters: Queue;
}

function makeQueue(
  owner: Construct,
  name: string,
  { kmsKey, removalPolicy }: Pick<Settings, "kmsKey" | "removalPolicy">,
  props: QueueProps = {},
): Queue {
  const common = {
    ...(kmsKey === undefined
      ? { encryption: QueueEncryption.SQS_MANAGED }
      : { encryption: QueueEncryption.KMS, encryptionMasterKey: kmsKey }),
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  };
  return lasting(owner, name, new Queue(owner, name, { ...common, ...props }), removalPolicy);
}

/** A queue of rings that a function answers, each for as long as a pass may last. */
export const ringQueue = (owner: Construct, name: string, lostRings: Queue, settings: Settings): Queue =>
  makeQueue(owner, name, settings, {
    // A standard queue keeps the first sending's time: what is put aside must live longer than what is not.
    retentionPeriod: Duration.days(4),
    visibilityTimeout: Duration.seconds(visibilityTimes * settings.timeout),
    deadLetterQueue: { queue: lostRings, maxReceiveCount },
  });

/** Makes the queues. */
export function makeQueues(owner: Construct, settings: Settings): Queues {
  const lostRings = makeQueue(owner, "LostRings", settings);
  const deadLetters = makeQueue(owner, "DeadLetters", settings);
  for (const last of [lostRings, deadLetters]) {
    argue(last, {
      "Serverless-SQSRedrivePolicy": "Messages end here: there is nowhere to put them after this.",
    });
  }
  argue(deadLetters, {
    "AwsSolutions-SQS3":
      "It is the dead-letter queue: people read it, and nothing fails to be processed from it.",
  });
  return { doorbell: ringQueue(owner, "Doorbell", lostRings, settings), lostRings, deadLetters };
}

/** One ring per invocation, so that a run that ends its process ends nobody else's. */
export function listen(
  owner: Construct,
  id: string,
  alias: Alias,
  queue: Queue,
  { maxConcurrency }: Settings,
): void {
  const source = new EventSourceMapping(owner, id, {
    target: alias,
    eventSourceArn: queue.queueArn,
    batchSize: 1,
    maxConcurrency,
    reportBatchItemFailures: true,
  });
  argue(source, {
    "Serverless-LambdaEventSourceMappingDestination":
      "SQS puts a ring that never gets through into the queue of lost rings, where the timer picks it up.",
  });
}

/** For who rings. */
export function ring(doorbell: Queue): PolicyStatement {
  return new PolicyStatement({ sid: "Ring", actions: ["sqs:SendMessage"], resources: [doorbell.queueArn] });
}

/** For the event sources of the dispatcher and of larger functions: what Lambda's poller needs, no more. */
export function hearRings(queues: readonly Queue[]): PolicyStatement {
  const actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
  return new PolicyStatement({
    sid: "HearRings",
    actions,
    resources: queues.map(({ queueArn }) => queueArn),
  });
}

/** For who picks up rings that never got through. */
export function pickUpLostRings(lostRings: Queue): PolicyStatement {
  const actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage"];
  return new PolicyStatement({ sid: "PickUpLostRings", actions, resources: [lostRings.queueArn] });
}

/** For who writes the letter of a failed run. */
export function writeDeadLetters(deadLetters: Queue): PolicyStatement {
  const actions = ["sqs:SendMessage"];
  return new PolicyStatement({ sid: "WriteDeadLetters", actions, resources: [deadLetters.queueArn] });
}
