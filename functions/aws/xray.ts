/**
 * Posts spans to X-Ray: its OTLP endpoint takes the same body as any collector, signed by the function's own role.
 *
 * Never:     sends anything unsigned, or follows a redirect.
 */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SignatureV4 } from "@smithy/signature-v4";

/** What is needed to sign: a client of this process has all of it. */
export type Signer = Pick<DynamoDBClient["config"], "credentials" | "region" | "sha256">;

/** Posts to `url`, signed for X-Ray. */
export function xrayPost(url: string, { credentials, region, sha256 }: Signer, timeoutMs: number) {
  const signer = new SignatureV4({ service: "xray", credentials, region, sha256 });
  const { protocol, hostname, port, host, pathname } = new URL(url);
  return async (body: string): Promise<Response> => {
    const { headers } = await signer.sign({
      method: "POST",
      protocol,
      hostname,
      ...(port === "" ? {} : { port: Number(port) }),
      path: pathname,
      headers: { host, "content-type": "application/json" },
      body,
    });
    const { host: _, ...others } = headers;
    const signal = AbortSignal.timeout(timeoutMs);
    return fetch(url, { method: "POST", headers: others, body, redirect: "error", signal });
  };
}
