/** The deployments of a stack: the published versions of its dispatcher, with when they were published. */
import {
  type FunctionConfiguration,
  type LambdaClient,
  ListVersionsByFunctionCommand,
} from "@aws-sdk/client-lambda";
import type { KnownDeployment } from "../deployments.ts";

function deploymentOf({
  Version = "",
  Environment,
  LastModified,
  Runtime,
}: FunctionConfiguration): KnownDeployment[] {
  const code = Environment?.Variables?.HOLDFAST_CODE_VERSION;
  if (!/^\d+$/.test(Version) || code === undefined) return [];
  const nodeVersion = /^nodejs(\d+)/.exec(Runtime ?? "")?.[1];
  // Lambda writes the zone as +0000.
  const at = Date.parse((LastModified ?? "").replace(/([+-]\d\d)(\d\d)$/, "$1:$2"));
  return [{ version: `${Version}.${code}`, at, ...(nodeVersion !== undefined && { nodeVersion }) }];
}

/** Lists them. */
export async function lambdaDeployments(
  client: LambdaClient,
  functionName: string,
): Promise<KnownDeployment[]> {
  const found: KnownDeployment[] = [];
  for (let Marker: string | undefined; ; ) {
    const page = await client.send(
      new ListVersionsByFunctionCommand({ FunctionName: functionName, ...(Marker && { Marker }) }),
    );
    found.push(...(page.Versions ?? []).flatMap(deploymentOf));
    Marker = page.NextMarker;
    if (Marker === undefined) return found;
  }
}
