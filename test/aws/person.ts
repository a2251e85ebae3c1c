/** Somebody who calls AWS with a role of the template: the proxy decides by its policies, as it does for functions. */
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Bench } from "./bench.ts";
import { secretKey } from "./presigned.ts";

/** What a client of AWS is told, to call as that role. */
export interface Person {
  readonly region: string;
  readonly endpoint: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
  };
}

/** Takes the role whose logical id begins so. */
export function asRole({ template, proxy }: Bench, id: string): Person {
  const [found, ...others] = template.all("AWS::IAM::Role").filter((role) => role.id.startsWith(id));
  if (found === undefined || others.length > 0)
    throw new Error(`${others.length + (found ? 1 : 0)} roles are called ${id}.`);
  const accessKeyId = `ASIA${randomBytes(8).toString("hex").toUpperCase()}`;
  proxy.know(accessKeyId, { name: id, role: template.ref(found.id), session: "test", kill: () => {} });
  const credentials = { accessKeyId, secretAccessKey: secretKey, sessionToken: "bench" };
  return { region: template.place.region, endpoint: proxy.url, credentials };
}

/** The same for a program that reads the environment, as the command line does. */
export const environmentOf = ({ region, endpoint, credentials }: Person): Record<string, string> => ({
  AWS_REGION: region,
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_SESSION_TOKEN: credentials.sessionToken,
  // AWS's clients speak of Node 20's end on standard error.
  NODE_NO_WARNINGS: "1",
});

/** What stands in for CDK in a project's folder: there is no account, and the bench has deployed already. */
export async function installCdk(folder: string, { template }: Bench): Promise<void> {
  const own = join(folder, "node_modules", "aws-cdk");
  await mkdir(join(own, "bin"), { recursive: true });
  const outputs = { [template.place.stack]: Object.fromEntries(template.outputs) };
  const program = `const [, , command, flag, file, ...rest] = process.argv;
    if (command !== "deploy" || flag !== "--outputs-file") process.exit(9);
    console.log("cdk was told", JSON.stringify(rest));
    require("node:fs").writeFileSync(file, ${JSON.stringify(JSON.stringify(outputs))});`;
  await writeFile(join(own, "package.json"), `{ "name": "aws-cdk", "version": "2.0.0" }`);
  await writeFile(join(own, "bin", "cdk"), program);
}
