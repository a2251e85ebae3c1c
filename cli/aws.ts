/**
 * What the command line does in AWS, loaded when a command is told to: nobody else waits for AWS's clients.
 *
 * Owns: the way from `--stack` to a project. Who calls is AWS's business: AWS_PROFILE, AWS_REGION and the like count as ever.
 */
import type { ApiClientConfig } from "../sdk/client.ts";

/** The parts. @throws HoldfastError HF516 for a client that is not installed */
export async function awsParts() {
  const { clientMissing } = await import("../functions/aws/missing-client.ts");
  const [
    { findProject, projectsIn },
    { awsKeyRing, makeProjectKey },
    { awsTransport },
    { makeEncryptionKey },
  ] = await Promise.all([
    import("../functions/aws/stack.ts"),
    import("../functions/aws/project-keys.ts"),
    import("../functions/aws/transport.ts"),
    import("../functions/aws/encryption-key.ts"),
  ]).catch(clientMissing);
  return { findProject, projectsIn, awsKeyRing, makeProjectKey, makeEncryptionKey, awsTransport };
}

/** What is found well, and not, in a stack's project. @throws HoldfastError HF504, HF515, HF516 */
export async function examineInAws(asked: string) {
  const { findProject } = await awsParts();
  const { clientMissing } = await import("../functions/aws/missing-client.ts");
  const { examineProject } = await import("../functions/aws/stack-doctor.ts").catch(clientMissing);
  return examineProject(asked.split("/")[0] ?? asked, await findProject(asked));
}

/** The lines of a stack's run, out of CloudWatch. @throws HoldfastError HF504, HF515, HF516 */
export async function runLinesInAws(
  stack: string,
  asked: { runId: string; group: string; since: Date; attempt: number | undefined },
) {
  const { findProject } = await awsParts();
  const { clientMissing } = await import("../functions/aws/missing-client.ts");
  const { runLines } = await import("../functions/aws/run-lines.ts").catch(clientMissing);
  return runLines((await findProject(stack)).secret, asked);
}

/** Takes a version of a stack's secrets away from the runs on it. @throws HoldfastError HF406, HF504, HF515, HF516 */
export async function revokeInAws(asked: string, version: string): Promise<string> {
  const { findProject } = await awsParts();
  const { revokeVersion } = await import("../functions/aws/revoked-versions.ts");
  return revokeVersion((await findProject(asked)).secret, version);
}

/** The ARN of a stack's secret. @throws HoldfastError HF406, HF504, HF515, HF516 */
export async function secretIn(stack: string): Promise<string> {
  const { findProject } = await awsParts();
  return (await findProject(stack)).secret;
}

/** The way to a stack's project, with the caller's rights in AWS and no key. */
export async function stackConfig(stack: string): Promise<ApiClientConfig> {
  const { findProject, awsTransport } = await awsParts();
  const { url, apiFunction } = await findProject(stack);
  return { baseUrl: url, secretKey: undefined, transport: awsTransport({ functionName: apiFunction }) };
}
