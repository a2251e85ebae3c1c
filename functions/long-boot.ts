/**
 * The start of a task of Fargate: it fetches the code of the dispatcher's version that started it, as Lambda keeps it, and runs
 * the pass in a process of its own, with that version's environment. `infra/long-running.ts` puts this file into the container's
 * command as it is: the image is Node's own and holds nothing else.
 *
 * Never:     imports anything but Node's own modules, or writes to the run: what goes wrong here is an exit code and a line of
 *            the log, and the run is started again by the timer.
 * Invariant: the code is that of the published version, which is kept for as long as a run is pinned to it.
 */
import { spawn } from "node:child_process";
import { createHash, createHmac } from "node:crypto";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve, sep } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inflateRawSync } from "node:zlib";

/** Tries of each request: a network interface may need a moment. */
const tries = 5;
const requestMs = 30_000;

/** What Lambda says of a version, as far as it is looked at. */
interface Version {
  readonly Code?: { readonly Location?: string };
  readonly Configuration?: { readonly Environment?: { readonly Variables?: Record<string, string> } };
}

interface Credentials {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly Token: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/** The headers of a GET, signed for Lambda: AWS's Signature Version 4. Exported for its test. */
export function signedHeaders(
  url: URL,
  { AccessKeyId, SecretAccessKey, Token }: Credentials,
  region: string,
  now: Date,
): Record<string, string> {
  const at = now.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const scope = `${at.slice(0, 8)}/${region}/lambda/aws4_request`;
  const headers = { host: url.host, "x-amz-date": at, "x-amz-security-token": Token };
  const names = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const query = [...url.searchParams].map(([name, value]) => `${escaped(name)}=${escaped(value)}`).sort();
  // Lambda's paths are escaped once more than they stand in the request.
  const path = url.pathname.split("/").map(escaped).join("/");
  const request = ["GET", path, query.join("&"), lines.join(""), names, hash("")].join("\n");
  const text = ["AWS4-HMAC-SHA256", at, scope, hash(request)].join("\n");
  const key = [at.slice(0, 8), region, "lambda", "aws4_request"].reduce<string | Buffer>(
    hmac,
    `AWS4${SecretAccessKey}`,
  );
  const signature = hmac(key, text).toString("hex");
  const authorization = `AWS4-HMAC-SHA256 Credential=${AccessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization };
}

async function get(url: string | URL, headers: () => Record<string, string> = () => ({})): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetch(url, { headers: headers(), signal: AbortSignal.timeout(requestMs) });
      if (response.ok) return response;
      throw new Error(`${response.status} ${(await response.text()).slice(0, 500)}`);
    } catch (error) {
      if (attempt === tries) throw error;
      await sleep(200 * 2 ** attempt);
    }
  }
}

/** The credentials of the task's role, as ECS gives them. */
async function credentials(env: Environment): Promise<Credentials> {
  const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: path, AWS_CONTAINER_CREDENTIALS_FULL_URI: whole } = env;
  const url = path === undefined ? (whole ?? "") : `http://169.254.170.2${path}`;
  return (await (await get(url)).json()) as Credentials;
}

async function versionOf(env: Environment, name: string, version: string): Promise<Version> {
  const { AWS_REGION: region = "", AWS_ENDPOINT_URL_LAMBDA, AWS_ENDPOINT_URL, HOLDFAST_LAMBDA_URL } = env;
  const base = AWS_ENDPOINT_URL_LAMBDA ?? AWS_ENDPOINT_URL ?? HOLDFAST_LAMBDA_URL;
  const url = new URL(`/2015-03-31/functions/${encodeURIComponent(name)}?Qualifier=${version}`, base);
  const keys = await credentials(env);
  const headers = (): Record<string, string> => {
    const { host: _, ...signed } = signedHeaders(url, keys, region, new Date());
    return signed;
  };
  return (await (await get(url, headers)).json()) as Version;
}

interface ZipEntry {
  readonly name: string;
  readonly mode: number;
  readonly content: Buffer;
}

/** An entry of a zip's directory, and where the next one is. */
function entryAt(zip: Buffer, at: number): { readonly entry: ZipEntry; readonly next: number } {
  const short = (place: number): number => zip.readUInt16LE(place);
  const name = zip.toString("utf8", at + 46, at + 46 + short(at + 28));
  const local = zip.readUInt32LE(at + 42);
  const from = local + 30 + short(local + 26) + short(local + 28);
  const packed = zip.subarray(from, from + zip.readUInt32LE(at + 20));
  const mode = (zip.readUInt32LE(at + 38) >>> 16) & 0o777;
  const content = short(at + 10) === 8 ? inflateRawSync(packed) : packed;
  const next = at + 46 + short(at + 28) + short(at + 30) + short(at + 32);
  return { entry: { name, mode: mode === 0 ? 0o644 : mode, content }, next };
}

/** Writes the files of a zip into a folder. Exported for its test. */
export function unzip(zip: Buffer, folder: string): void {
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  if (end < 0) throw new Error("The code that Lambda gave is no zip.");
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const { entry, next } = entryAt(zip, at);
    const path = resolve(folder, entry.name);
    if (!path.startsWith(folder + sep)) throw new Error(`The zip has a file outside of it: ${entry.name}`);
    if (!entry.name.endsWith("/")) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, entry.content, { mode: entry.mode });
    }
    at = next;
  }
}

/** Fetches the code, starts it, and ends as it ends. */
async function start(env: Environment): Promise<void> {
  const { HOLDFAST_LONG_FUNCTION: name = "", HOLDFAST_LONG_VERSION: version = "" } = env;
  // ECS stops a task by SIGTERM, and half a minute later by SIGKILL: also while nothing has been begun.
  const stopped = { by: undefined as NodeJS.Signals | undefined };
  let stop = (signal: NodeJS.Signals): void => {
    stopped.by = signal;
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop(signal));
  const { Code, Configuration } = await versionOf(env, name, version);
  const folder = mkdtempSync(join(tmpdir(), "holdfast-"));
  unzip(Buffer.from(await (await get(Code?.Location ?? "")).arrayBuffer()), folder);
  if (stopped.by !== undefined) return;
  const own = {
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: version,
    LAMBDA_TASK_ROOT: folder,
  };
  // In a process of its own: options of Node, certificates and the time zone count from its start on.
  const child = spawn(process.execPath, [join(folder, "long-pass", "index.mjs")], {
    cwd: folder,
    env: { TZ: ":UTC", ...env, ...Configuration?.Environment?.Variables, ...own },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  stop = (signal) => void child.kill(signal);
  child.once("exit", (code) => process.exit(code ?? 1));
  child.once("error", (error) => {
    process.stdout.write(`${JSON.stringify({ level: "ERROR", message: String(error) })}\n`);
    process.exit(1);
  });
}

/** What the container's command calls, with its environment. Ends the process as the pass ended; what could not be fetched is told. */
export async function boot(env: Environment): Promise<void> {
  try {
    await start(env);
  } catch (error) {
    const message = "The code of a long pass could not be fetched: it is started again";
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const fields = { runId: env.HOLDFAST_LONG_RUN, error: text };
    process.stdout.write(`${JSON.stringify({ level: "ERROR", message, ...fields })}\n`);
    process.exit(1);
  }
}
