/**
 * The published versions of the dispatcher: which there are, and how one goes.
 *
 * Never:     removes the function itself: the role may not, and no call of here leaves its version out.
 */
import {
  DeleteFunctionCommand,
  type LambdaClient,
  ListVersionsByFunctionCommand,
} from "@aws-sdk/client-lambda";
import type { CodeVersions } from "../sweep.ts";

/** The versions of a function. */
export function lambdaVersions(client: LambdaClient, functionName: string): CodeVersions {
  return {
    async list() {
      const found: number[] = [];
      for (let Marker: string | undefined; ; ) {
        const page = await client.send(
          new ListVersionsByFunctionCommand({ FunctionName: functionName, ...(Marker && { Marker }) }),
        );
        for (const { Version = "" } of page.Versions ?? [])
          if (/^\d+$/.test(Version)) found.push(Number(Version));
        if (page.NextMarker === undefined) return found;
        Marker = page.NextMarker;
      }
    },
    async remove(version) {
      const command = new DeleteFunctionCommand({ FunctionName: functionName, Qualifier: String(version) });
      try {
        await client.send(command);
        return true;
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        if (error.name === "ResourceNotFoundException") return true;
        // An alias, or somebody's provisioned concurrency, is on it.
        if (error.name === "ResourceConflictException") return false;
        throw error;
      }
    },
  };
}
