/**
 * The two queues besides the doorbell: letters of failed runs go into one, lost rings are taken out of the other.
 *
 * Invariant: a message is taken away only by whoever has dealt with it.
 */
import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { LostRings } from "../dead-letter.ts";

/** A queue. */
interface QueueOptions {
  readonly client: SQSClient;
  readonly queueUrl: string;
}

/** Sends a message. SQS takes no control characters; JSON has none. */
export function sqsSender({ client, queueUrl: QueueUrl }: QueueOptions): (body: string) => Promise<void> {
  return async (MessageBody) => void (await client.send(new SendMessageCommand({ QueueUrl, MessageBody })));
}

/** The rings that SQS gave up on. */
export function sqsLostRings({ client, queueUrl: QueueUrl }: QueueOptions): LostRings {
  return {
    async receive() {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
      );
      return Messages.map(({ Body = "", ReceiptHandle = "" }) => ({ body: Body, receipt: ReceiptHandle }));
    },
    async remove(receipts) {
      const Entries = receipts.map((ReceiptHandle, place) => ({ Id: String(place), ReceiptHandle }));
      // One that is not removed comes again, and is rung once more.
      await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    },
  };
}
