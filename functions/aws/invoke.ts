/**
 * Invokes a function and waits for its answer, with AWS's client: loaded by the first call of `awsTransport`.
 *
 * Owns:      what each of Lambda's own refusals means to a caller.
 */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { HoldfastError } from "../../engine/errors.ts";
import type { ClientSettings } from "./patience.ts";
import { isRefusal, refusedCaller } from "./refusal.ts";

/** One try, as long as the caller's signal says: the call itself is tried again further up, where it is known what may be. */
const once = { maxAttempts: 1, requestHandler: { connectionTimeout: 3_000 } } as const;

/** A function that invokes `functionName` with an event and gives its result. */
export function makeInvoke(functionName: string, settings: ClientSettings) {
  const client = new LambdaClient({ ...once, ...settings });
  return async <Result>(event: object, abortSignal: AbortSignal): Promise<Result> => {
    const invoke = new InvokeCommand({
      FunctionName: functionName,
      Payload: Buffer.from(JSON.stringify(event)),
    });
    const answer = await client.send(invoke, { abortSignal }).catch((error: unknown) => {
      throw meant(error, functionName);
    });
    const text = Buffer.from(answer.Payload ?? []).toString("utf8");
    if (answer.FunctionError !== undefined) throw brokenOff(functionName, text);
    return JSON.parse(text) as Result;
  };
}

function brokenOff(functionName: string, text: string): HoldfastError {
  const fix = "Try again; the log group of the function says what happened.";
  const what = `The function ${functionName} broke off: ${text.slice(0, 500)}.`;
  return new HoldfastError("HF504", what, fix, { retryable: true });
}

/** Lambda's refusals as errors of ours; what is no refusal stays as it is, and counts as "could not be reached". */
function meant(error: unknown, functionName: string): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message } = error;
  if (isRefusal(error)) {
    const fix =
      "Allow the caller's role lambda:InvokeFunction on it: grantTrigger(caller) of the construct. And see that the call is made with that role.";
    return refusedCaller(error, `invoke ${functionName}`, fix);
  }
  if (name === "ResourceNotFoundException") {
    const what = `There is no function ${functionName} (${message}).`;
    const fix = "Check the name and the region: the stack's output ApiFunctionName has the name.";
    return new HoldfastError("HF504", what, fix, { cause: error });
  }
  if (/^Request(Entity)?TooLarge/.test(name)) {
    const what = `The request is larger than the 6 MB that Lambda takes (${message}).`;
    const fix = "Keep the data in a bucket, and send where it is.";
    return new HoldfastError("HF302", what, fix, { cause: error });
  }
  return error;
}
