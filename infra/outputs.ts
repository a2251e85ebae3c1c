/**
 * What a stack tells of itself once it is deployed: where callers go, and what the command line works with (`--stack`).
 *
 * Owns:      the outputs' names: the construct's own id and one of these. `functions/aws/stack.ts` finds them by that.
 * Never:     tells a secret: names and addresses alone.
 */
import { CfnOutput } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { Api } from "./api.ts";
import { lastingId } from "./stable.ts";
import type { State } from "./state.ts";

/** Makes the outputs. */
export function makeOutputs(owner: Construct, api: Api, { secret, encryption }: State): void {
  const outputs = {
    Url: [api.url, "Where callers and webhooks reach Holdfast"],
    ApiFunctionName: [
      api.function.functionName,
      "What callers without a key invoke: awsTransport({ functionName })",
    ],
    SecretArn: [secret.secretArn, "Where hashes of keys and the tasks' secrets are kept"],
    ...(encryption && {
      EncryptionArn: [encryption.secret.secretArn, "Where the keys of run data are kept"] as const,
    }),
  } as const;
  for (const [name, [value, description]] of Object.entries(outputs)) {
    new CfnOutput(owner, `Output${name}`, { value, description }).overrideLogicalId(lastingId(owner, name));
  }
}
