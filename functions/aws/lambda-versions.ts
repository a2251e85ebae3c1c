/**
 * The published versions of the dispatcher: which there are, and how one goes, with the versions of larger functions that it alone names.
 *
 * Never:     removes a function itself: the role may not, and no call of here leaves its version out.
 */
import {
  DeleteFunctionCommand,
  type FunctionConfiguration,
  type LambdaClient,
  ListVersionsByFunctionCommand,
} from "@aws-sdk/client-lambda";
import type { LargerFunction } from "../larger-machines.ts";
import type { CodeVersions } from "../sweep.ts";

/** What is known of a version. */
interface Version {
  readonly number: number;
  /** ARNs of versions of larger functions that it gives runs to. */
  readonly larger: readonly string[];
}

function versionOf({ Version: number = "", Environment }: FunctionConfiguration): Version[] {
  if (!/^\d+$/.test(number)) return [];
  const told = JSON.parse(Environment?.Variables?.HOLDFAST_LARGER ?? "[]") as LargerFunction[];
  return [{ number: Number(number), larger: told.map(({ version }) => version) }];
}

/** The versions of a function. */
export function lambdaVersions(client: LambdaClient, functionName: string): CodeVersions {
  let known: readonly Version[] | undefined;

  async function all(): Promise<readonly Version[]> {
    const found: Version[] = [];
    for (let Marker: string | undefined; ; ) {
      const page = await client.send(
        new ListVersionsByFunctionCommand({ FunctionName: functionName, ...(Marker && { Marker }) }),
      );
      found.push(...(page.Versions ?? []).flatMap(versionOf));
      if (page.NextMarker === undefined) return found;
      Marker = page.NextMarker;
    }
  }

  /** False: something is on it. One that is gone, with its function or before, is no error. */
  async function removeOne(name: string, version: string): Promise<boolean> {
    try {
      await client.send(new DeleteFunctionCommand({ FunctionName: name, Qualifier: version }));
      return true;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // A larger function that has gone with a deployment is in no policy any more, either.
      if (error.name === "ResourceNotFoundException") return true;
      if (error.name === "AccessDeniedException" && name !== functionName) return true;
      // An alias, or somebody's provisioned concurrency, is on it.
      if (error.name === "ResourceConflictException") return false;
      throw error;
    }
  }

  return {
    async list() {
      known = await all();
      return known.map(({ number }) => number);
    },
    async remove(version) {
      known ??= await all();
      const left = known.filter(({ number }) => number !== version);
      const isNamed = (arn: string): boolean => left.some(({ larger }) => larger.includes(arn));
      const [own] = known.filter(({ number }) => number === version);
      for (const arn of (own?.larger ?? []).filter((each) => !isNamed(each))) {
        const [name = "", number = ""] = arn.split(":").slice(6);
        // Before its own: one that is left behind would be named by nobody.
        if (name !== "" && number !== "") await removeOne(name, number);
      }
      if (!(await removeOne(functionName, String(version)))) return false;
      known = left;
      return true;
    },
  };
}
