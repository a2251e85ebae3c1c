/**
 * The way of a stack's tasks to their own project: the api function, invoked. What does it is loaded with the first call: most
 * runs look at no other, and it would be part of every cold start.
 */
import type { Transport } from "../sdk/transport.ts";

/** Leads to the function with this name. */
export function ownApi(functionName: string): Transport {
  let made: Transport | undefined;
  return {
    address: functionName,
    async request(request) {
      made ??= (await import("./aws/transport.ts")).awsTransport({ functionName });
      return made.request(request);
    },
  };
}
