/**
 * How long the dispatcher's code takes to start, next to the four bare clients of AWS that it cannot do without: in pairs,
 * each in a process of its own, under the Node that Lambda runs. What is measured is the import, with the question for the
 * secrets that comes before the tasks, and the first, empty invocation; Node's own start is in neither.
 */
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { type Folder, makeFolder, root } from "../test/world/place.ts";
import { bundleFunctions } from "../transform/bundle-functions.ts";
import { type Spread, spread } from "./statistics.ts";

const run = promisify(execFile);
/** Lambda's newest Node; npm ships its binary. */
const nodeVersion = "24.21.0";

/** What came of it, in milliseconds, and as a share. */
export interface StartUps {
  readonly node: string;
  readonly dispatcher: Spread;
  readonly clients: Spread;
  /** Of each pair, the dispatcher's time by the clients'. */
  readonly ratio: Spread;
}

/** Measures `pairs` pairs. `node`: a binary that is there; else npm installs one into a temporary folder. */
export async function startUps(pairs: number, node?: string): Promise<StartUps> {
  const folder = await makeFolder("start-up");
  const secrets = await secretsManager();
  const one = (binary: string, file: string): Promise<number> => startOf(binary, file, secrets.url);
  try {
    const binary = node ?? (await installNode(folder));
    const dispatcher = await dispatcherIn(folder);
    const clients = await clientsIn(folder);
    const times: { readonly dispatcher: number; readonly clients: number }[] = [];
    // The first of each fills the machine's own caches.
    await one(binary, dispatcher);
    await one(binary, clients);
    for (let pair = 0; pair < pairs; pair++)
      times.push({ dispatcher: await one(binary, dispatcher), clients: await one(binary, clients) });
    return {
      node: (await run(binary, ["--version"])).stdout.trim(),
      dispatcher: spread(times.map((each) => each.dispatcher)),
      clients: spread(times.map((each) => each.clients)),
      ratio: spread(times.map((each) => each.dispatcher / each.clients)),
    };
  } finally {
    secrets.close();
    await folder.remove();
  }
}

/** The dispatcher asks for its secrets before it loads the tasks: this answers with `values`, none if they are not given. */
export async function secretsManager(
  values: Readonly<Record<string, string>> = {},
): Promise<{ readonly url: string; close(): void }> {
  const secret = JSON.stringify({ VersionId: "one", SecretString: JSON.stringify(values) });
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "application/x-amz-json-1.1" }).end(secret);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => void server.close() };
}

async function installNode({ path }: Folder): Promise<string> {
  const place = join(path, "node");
  await mkdir(place);
  const manifest = { private: true, allowScripts: { node: true } };
  await writeFile(join(place, "package.json"), JSON.stringify(manifest));
  const flags = ["--no-save", "--no-package-lock", "--silent"];
  await run("npm", ["install", "--prefix", place, ...flags, `node@${nodeVersion}`], { cwd: place });
  return join(place, "node_modules", "node", "bin", "node");
}

async function dispatcherIn({ path }: Folder): Promise<string> {
  const dir = join(root, "examples", "order", "tasks");
  const { ok } = await bundleFunctions({ dir, packageRoot: root, outDir: path });
  if (!ok) throw new Error("The order example does not build.");
  return join(path, "dispatcher", "index.mjs");
}

/** The four clients, made, and a handler that does nothing. */
async function clientsIn({ path }: Folder): Promise<string> {
  const clients = {
    DynamoDBClient: "dynamodb",
    SQSClient: "sqs",
    SecretsManagerClient: "secrets-manager",
    LambdaClient: "lambda",
  };
  const imports = Object.entries(clients).map(
    ([name, of]) => `import { ${name} } from "@aws-sdk/client-${of}";`,
  );
  const made = Object.keys(clients).map((name) => `new ${name}({})`);
  const outfile = join(path, "clients", "index.mjs");
  await build({
    stdin: {
      contents: `${imports.join("\n")} const clients = [${made}]; export const handler = async () => clients.length;`,
      resolveDir: root,
    },
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    banner: {
      js: 'import { createRequire as $createRequire } from "node:module"; const require = $createRequire(import.meta.url);',
    },
  });
  return outfile;
}

const program = (file: string): string => `
  const from = performance.now();
  const { handler } = await import(${JSON.stringify(file)});
  await handler({ Records: [] }, { awsRequestId: "1", getRemainingTimeInMillis: () => 900000 });
  process.stdout.write(String(performance.now() - from));`;

/** Of a dispatcher that calls nobody but who is named besides. */
export const environment = {
  AWS_REGION: "eu-central-1",
  AWS_ACCESS_KEY_ID: "none",
  AWS_SECRET_ACCESS_KEY: "none",
  AWS_LAMBDA_FUNCTION_NAME: "dispatcher",
  AWS_LAMBDA_FUNCTION_VERSION: "1",
  HOLDFAST_TABLE: "table",
  HOLDFAST_DOORBELL_URL: "https://sqs.eu-central-1.amazonaws.com/000000000000/doorbell",
  HOLDFAST_DEAD_LETTER_URL: "https://sqs.eu-central-1.amazonaws.com/000000000000/letters",
  HOLDFAST_BUCKET: "bucket",
  HOLDFAST_SECRET_ID: "secret",
  HOLDFAST_CODE_VERSION: "0000000000000000",
  HOLDFAST_LEASE_SECONDS: "30",
  HOLDFAST_LEAVE_AFTER_SECONDS: "300",
};

/** One start, in milliseconds. `secrets`: where Secrets Manager is. */
async function startOf(node: string, file: string, secrets: string): Promise<number> {
  const options = { env: { ...environment, AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets } };
  const { stdout } = await run(node, ["--input-type=module", "-e", program(file)], options);
  const ms = Number(stdout);
  if (!(ms > 0)) throw new Error(`${file} did not start: ${stdout}`);
  return ms;
}
