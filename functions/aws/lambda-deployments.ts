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
  const at = Date.parse(LastModified ?? "");
  return [
    {
      version: `${Version}.${code}`,
      at, // nodejs24.x
      ...(Runtime && { nodeVersion: Runtime.slice(6, -2) }),
    },
  ];
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
