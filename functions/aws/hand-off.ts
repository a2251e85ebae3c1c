/**
 * Hands a run over to the published version of the dispatcher that it is pinned to: one asynchronous Invoke.
 *
 * Invariant: the event says what a ring says, and no more. A hand-over that is lost is found by the timer.
 */
import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { ringBody } from "./sqs-doorbell.ts";

/** What came of it. `versionIsMissing`: nobody can work on the run as it is pinned; it can be resumed on newer code. */
type HandedOff = "handedOff" | "versionIsMissing";

/** Hands runs over. */
export interface HandOff {
  /** Rejects when it is not known to have got there: the ring is then kept. `anyway`: as in a ring. */
  handOff(runId: string, version: string, anyway?: true): Promise<HandedOff>;
}

/** What it is made of. */
export interface LambdaHandOffOptions {
  readonly client: LambdaClient;
  /** Name of the dispatcher, without a version. */
  readonly functionName: string;
}

/** Hand-over between versions of one Lambda function. */
export function lambdaHandOff({ client, functionName }: LambdaHandOffOptions): HandOff {
  return {
    async handOff(runId, version, anyway) {
      const invoke = new InvokeCommand({
        FunctionName: functionName,
        Qualifier: version,
        InvocationType: "Event",
        Payload: Buffer.from(ringBody({ runId, ...(anyway && { anyway }) })),
      });
      try {
        await client.send(invoke);
        return "handedOff";
      } catch (error) {
        if (error instanceof Error && error.name === "ResourceNotFoundException") return "versionIsMissing";
        throw error;
      }
    },
  };
}
