/**
 * Faults between the SDK and DynamoDB, beneath the SDK's own retries: each try of a call passes here.
 */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";

/** `lost`: the call was applied and its answer got lost. `throttled`: it was not applied. `none`: all is well. */
export type Fault = "lost" | "throttled" | "none";

const errors = {
  lost: () => Object.assign(new Error("The answer got lost."), { name: "TimeoutError" }),
  throttled: () => Object.assign(new Error("Slow down."), { name: "ThrottlingException" }),
} as const;

/** Lets the next calls of a client fail, one for each fault in the list. */
export function faultsOf(client: DynamoDBClient): {
  next(command: string, ...faults: Fault[]): void;
  left(): number;
} {
  let planned: Fault[] = [];
  let wanted = "";
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const fault = context.commandName === `${wanted}Command` ? planned.shift() : undefined;
      if (fault === "throttled") throw errors.throttled();
      const answer = await next(args).catch((error: unknown) => {
        if (fault !== "lost") throw error;
        return undefined;
      });
      if (fault === "lost" || answer === undefined) throw errors.lost();
      return answer;
    },
    { step: "deserialize", name: "faults", priority: "high" },
  );
  return {
    next(command, ...faults) {
      wanted = command;
      planned = faults;
    },
    left: () => planned.length,
  };
}
