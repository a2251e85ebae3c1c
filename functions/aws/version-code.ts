/**
 * The code of a published version of the dispatcher, as Lambda keeps it, fetched into a folder: for plans on the code that a run is
 * pinned to.
 *
 * Never:     removes what it fetched: who asked for it does.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetFunctionCommand, type GetFunctionResponse, type LambdaClient } from "@aws-sdk/client-lambda";
import { unzip } from "../long-boot.ts";

/** What a version is made of. */
export interface VersionCode {
  /** Where its files lie. */
  readonly folder: string;
  /** What the template gave it. */
  readonly variables: Readonly<Record<string, string>>;
}

const requestMs = 10_000;

/** Fetches one; undefined where it has gone. */
export async function versionCode(
  client: LambdaClient,
  functionName: string,
  version: string,
): Promise<VersionCode | undefined> {
  const asks = new GetFunctionCommand({ FunctionName: functionName, Qualifier: version });
  const found = await client.send(asks).catch((error: unknown): GetFunctionResponse | undefined => {
    if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined;
    throw error;
  });
  if (found === undefined) return undefined;
  const answer = await fetch(found.Code?.Location ?? "", { signal: AbortSignal.timeout(requestMs) });
  if (!answer.ok) throw new Error(`The code of version ${version} could not be fetched: ${answer.status}.`);
  const folder = mkdtempSync(join(tmpdir(), "holdfast-version-"));
  unzip(Buffer.from(await answer.arrayBuffer()), folder);
  return { folder, variables: found.Configuration?.Environment?.Variables ?? {} };
}
