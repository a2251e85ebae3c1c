/**
 * Calls without a key: the api function is invoked with the request that would go over HTTP. IAM decides who may.
 *
 * One way in for all: what a request means, and what of it is refused, is the api's alone (`functions/invoked.ts`).
 *
 * Never:     loads the client of AWS before the first call; signs anything itself.
 * Invariant: an answer of the api is that answer; everything else is an error that says whether trying again can help.
 */
import { HoldfastError } from "../../engine/errors.ts";
import type { Transport, TransportRequest } from "../../sdk/transport.ts";
import type { Invocation } from "../invoked.ts";
import { clientMissing } from "./missing-client.ts";
import type { ClientSettings } from "./patience.ts";

/** Where the api is, and as whom it is called: by default in the region and with the credentials of the process. */
export interface AwsTransportOptions extends ClientSettings {
  /** Name or ARN of the api function: the construct's `apiFunction.functionName`, and an output of the stack. */
  readonly functionName: string;
}

/** What an invocation gave. */
interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

type Invoke = (event: Invocation, signal: AbortSignal) => Promise<Answer>;

/**
 * A transport for `configure`: every call invokes the api function, so it needs `lambda:InvokeFunction` on it, which
 * `grantTrigger(grantee)` of the construct gives, and no key. It needs `@aws-sdk/client-lambda`.
 *
 * What it lets do is what a key lets do: trigger, look at runs, cancel and resume them.
 *
 * @throws HoldfastError from a call: HF515 where AWS refuses the caller, HF516 without the client, HF504 without an answer
 *
 * @example
 * ```ts
 * import { configure, tasks } from "holdfast";
 * import { awsTransport } from "holdfast/aws";
 *
 * configure({ transport: awsTransport({ functionName: "Orders-OrdersApiFunction-1A2B" }) });
 * await tasks.trigger("order", { orderId: 7 });
 * ```
 */
export function awsTransport(options: AwsTransportOptions): Transport {
  const { functionName, ...settings } = options;
  if (typeof functionName !== "string" || functionName === "") {
    const fix = "Give the construct's apiFunction.functionName, or the stack's output ApiFunctionName.";
    throw new HoldfastError("HF406", "awsTransport was given no functionName.", fix);
  }
  let loaded: Promise<Invoke> | undefined;
  const invoke: Invoke = async (event, signal) => {
    loaded ??= load(functionName, settings).catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return (await loaded)(event, signal);
  };
  return {
    address: functionName,
    async request({ signal, ...request }: TransportRequest) {
      const answer = await invoke({ holdfast: "request", ...request }, signal);
      const { statusCode, headers, body, isBase64Encoded } = answer;
      const bytes =
        body === undefined || body === "" ? null : Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
      return new Response(bytes, { status: statusCode, headers });
    },
  };
}

async function load(functionName: string, settings: ClientSettings): Promise<Invoke> {
  const { makeInvoke } = await import("./invoke.ts").catch(clientMissing);
  return makeInvoke(functionName, settings);
}
