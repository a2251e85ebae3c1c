/**
 * Lambda: the template's functions, their published versions and aliases, and who works on which event.
 *
 * Owns:      for each function and version a pool of execution environments; a version keeps the code and the
 *            settings that it was published with.
 * Invariant: an event goes to an environment that is idle, else to a new one, else it waits; environments of a version
 *            that is no more are ended.
 */
import { cp, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Assembly } from "./assembly.ts";
import type { Invoked } from "./invocation.ts";
import { type JsonObject, number, object, only, text } from "./json.ts";
import { aboutVersions, type Versioned } from "./lambda-versions.ts";
import type { LogStream } from "./logs.ts";
import { Pool } from "./pool.ts";
import type { Backend, Caller } from "./proxy.ts";
import { failure, type Reply } from "./replies.ts";
import { nameOfFunction } from "./resources.ts";
import type { Resource, Template } from "./template.ts";

/** What Lambda is given. */
export interface LambdaSetup {
  /** Code is copied here: nothing above it lends modules or a package.json. */
  readonly folder: string;
  /** Environments per function and version. Fewer than at AWS changes only how long an event waits. */
  readonly processes: number;
  /** Where the functions' clients call. */
  readonly endpoint: string;
  know(accessKey: string, caller: Caller): () => void;
  print(to: LogStream, line: string): void;
  /** Where the code in a folder can be fetched from. */
  readonly locationOf: (folder: string) => string;
}

interface DeployedFunction extends Versioned {
  readonly id: string;
  readonly role: string;
  latest: Pool;
  readonly aliases: Map<string, number>;
}

const environmentLimit = 4_096;

/** Lambda, running. */
export class Lambda {
  readonly #setup: LambdaSetup;
  readonly #functions = new Map<string, DeployedFunction>();
  /** Asynchronous invocations that failed; Lambda would try them again. */
  readonly lostEvents: string[] = [];

  constructor(setup: LambdaSetup) {
    this.#setup = setup;
  }

  /** Brings the functions to the state that a template asks for. */
  async deploy(template: Template, assembly: Assembly): Promise<void> {
    await writeFile(join(this.#setup.folder, "package.json"), "{}");
    for (const resource of template.all("AWS::Lambda::Function"))
      await this.#deployOne(template, assembly, resource);
    for (const { properties, id } of template.all("AWS::Lambda::Alias")) {
      const owner = this.#function(nameOfFunction(text(properties.FunctionName, id)));
      owner.aliases.set(text(properties.Name, id), number(properties.FunctionVersion, id));
    }
  }

  /** Works on an event; rejects when there is no such function or version. */
  async invoke(name: string, qualifier: string | undefined, event: string): Promise<Invoked> {
    return (await this.#pool(name, qualifier)).invoke(event);
  }

  /** Takes an event and answers at once. */
  async send(name: string, qualifier: string | undefined, event: string): Promise<void> {
    const pool = await this.#pool(name, qualifier);
    void pool.invoke(event).then((end) => {
      if (!end.ok) this.lostEvents.push(`${name}:${qualifier ?? "$LATEST"} ${end.error.errorMessage}`);
    });
  }

  /** The pools of a function by its logical id, all versions of it. */
  pools(id: string): Pool[] {
    return [...this.#functions.values()]
      .filter((each) => each.id === id)
      .flatMap(({ latest, versions }) => [latest, ...versions.map(({ pool }) => pool)]);
  }

  /** A published version goes, as the housekeeper or a person deletes it. */
  removeVersion(id: string, number: number): void {
    const [owner] = [...this.#functions.values()].filter((each) => each.id === id);
    const found = owner?.versions.find((each) => each.number === number);
    if (owner === undefined || found === undefined) throw new Error(`${id} has no version ${number}.`);
    found.pool.close();
    owner.versions = owner.versions.filter((each) => each !== found);
  }

  /** SIGKILL for one process of a function that is working on an event; undefined: none is. */
  killBusy(id: string): number | undefined {
    for (const pool of this.pools(id)) {
      const killed = pool.killBusy();
      if (killed !== undefined) return killed;
    }
    return undefined;
  }

  /** Ends every process. */
  close(): void {
    for (const { latest, versions } of this.#functions.values())
      for (const pool of [latest, ...versions.map((each) => each.pool)]) pool.killAll();
  }

  /** Answers the functions' calls to Lambda. */
  readonly backend: Backend = async ({ name: action, parameters }, { headers }) => {
    const { FunctionName, Qualifier, Payload } = parameters;
    const name = text(FunctionName, "FunctionName");
    const qualifier = Qualifier === undefined ? undefined : text(Qualifier, "Qualifier");
    if (action !== "Invoke")
      return aboutVersions(action, qualifier, this.#function(name), this.#setup.locationOf);
    const kind = headers["x-amz-invocation-type"] ?? "RequestResponse";
    const event = text(Payload, "Payload") || "null";
    try {
      if (kind === "Event") {
        await this.send(name, qualifier, event);
        return { status: 202, headers: {}, body: Buffer.alloc(0) };
      }
      if (kind !== "RequestResponse") throw new Error(`The bench does not know the invocation type ${kind}.`);
      return invocationReply(await this.invoke(name, qualifier, event));
    } catch (error) {
      if (error instanceof NoSuchFunction) {
        const more = { Type: "User" };
        return failure("lambda", 404, "ResourceNotFoundException", error.message, more);
      }
      throw error;
    }
  };

  #function(name: string): DeployedFunction {
    const found = this.#functions.get(name);
    if (found === undefined) throw new NoSuchFunction(name, undefined);
    return found;
  }

  async #pool(name: string, qualifier: string | undefined): Promise<Pool> {
    const { latest, aliases, versions } = this.#function(name);
    if (qualifier === undefined || qualifier === "$LATEST") return latest;
    const wanted = aliases.get(qualifier) ?? Number(qualifier);
    const found = versions.find((each) => each.number === wanted);
    if (found === undefined) throw new NoSuchFunction(name, qualifier);
    return found.pool;
  }

  async #deployOne(template: Template, assembly: Assembly, resource: Resource): Promise<void> {
    const { id, properties } = resource;
    const name = template.ref(id);
    const role = text(properties.Role, `${id}.Role`).split("/").at(-1) ?? "";
    const taskRoot = await this.#unpack(assembly, resource);
    const makePool = (version: string): Pool =>
      this.#makePool(template, resource, { name, role, taskRoot, version });
    const before = this.#functions.get(name);
    before?.latest.close();
    const latest = makePool("$LATEST");
    const owner: DeployedFunction = before ?? { id, name, role, latest, versions: [], aliases: new Map() };
    owner.latest = latest;
    this.#functions.set(name, owner);
    const published = template
      .all("AWS::Lambda::Version")
      .filter((each) => nameOfFunction(text(each.properties.FunctionName, each.id)) === name);
    const numbers = new Map(published.map((each) => [each, template.place.versionNumber(name, each.id)]));
    this.#dropVersions(owner, [...numbers.values()]);
    for (const [version, number] of numbers) {
      if (owner.versions.some((each) => each.number === number)) continue;
      const retained = /^Retain/.test(String(template.policyOf(version.id, "DeletionPolicy") ?? "Delete"));
      const pool = makePool(String(number));
      owner.versions.push({
        number,
        retained,
        pool,
        folder: taskRoot,
        variables: environmentOf(id, properties),
      });
    }
  }

  /** A version whose logical id is gone from the template is deleted, unless its policy was to retain it. */
  #dropVersions(owner: DeployedFunction, numbers: readonly number[]): void {
    const dropped = owner.versions.filter((each) => !each.retained && !numbers.includes(each.number));
    for (const { pool } of dropped) pool.close();
    owner.versions = owner.versions.filter((each) => !dropped.includes(each));
  }

  async #unpack(assembly: Assembly, { id, properties }: Resource): Promise<string> {
    const code = only(object(properties.Code, id), ["S3Bucket", "S3Key", "ZipFile"], `${id}.Code`);
    if (code.ZipFile !== undefined) {
      const folder = join(this.#setup.folder, `${id}-${Date.now()}`);
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, "index.js"), text(code.ZipFile, id));
      return folder;
    }
    const key = text(code.S3Key, `${id}.Code.S3Key`);
    const folder = join(this.#setup.folder, key.replace(/\.zip$/, ""));
    await cp(assembly.asset(key), folder, { recursive: true });
    return folder;
  }

  #makePool(
    template: Template,
    { id, properties }: Resource,
    { name, role, taskRoot, version }: Readonly<Record<"name" | "role" | "taskRoot" | "version", string>>,
  ): Pool {
    const { region, account } = template.place;
    const timeout = number(properties.Timeout ?? 3, `${id}.Timeout`);
    const memory = number(properties.MemorySize ?? 128, `${id}.MemorySize`);
    const own = environmentOf(id, properties);
    const suffix = version === "$LATEST" ? "" : `:${version}`;
    const group = logGroupOf(id, name, properties);
    const as = { role, session: name };
    const setup = this.#setup;
    return new Pool(setup.processes, {
      environment: {
        ...own,
        ...runtimeVariables({ name, version, region, memory, taskRoot, group }),
        _HANDLER: text(properties.Handler, `${id}.Handler`),
        AWS_ENDPOINT_URL: setup.endpoint,
      },
      timeoutMs: timeout * 1_000,
      memoryMb: memory,
      arn: `arn:aws:lambda:${region}:${account}:function:${name}${suffix}`,
      know: (accessKey, kill) => setup.know(accessKey, { name: id, ...as, kill }),
      print: (stream, line) => setup.print({ as, functionId: id, group, stream }, line),
    });
  }
}

/** Lambda's word for what is not there. */
class NoSuchFunction extends Error {
  constructor(name: string, qualifier: string | undefined) {
    super(`Function not found: ${name}${qualifier === undefined ? "" : `:${qualifier}`}`);
  }
}

function invocationReply(end: Invoked): Reply {
  const type = { "content-type": "application/json" };
  if (end.ok) return { status: 200, headers: type, body: Buffer.from(end.result) };
  const headers = { ...type, "x-amz-function-error": "Unhandled" };
  return { status: 200, headers, body: Buffer.from(JSON.stringify(end.error)) };
}

function environmentOf(id: string, properties: JsonObject): Record<string, string> {
  const { Variables } = only(object(properties.Environment, id), ["Variables"], `${id}.Environment`);
  const found = Object.entries(object(Variables, id)).map(([name, value]) => [
    name,
    text(value, `${id}.${name}`),
  ]);
  const bytes = found.reduce((sum, pair) => sum + Buffer.byteLength(pair.join("")), 0);
  if (bytes > environmentLimit)
    throw new Error(`The environment of ${id} has ${bytes} bytes; Lambda takes 4 KB.`);
  return Object.fromEntries(found) as Record<string, string>;
}

/** Which lines are kept changes nothing here. */
const logLevels = ["ApplicationLogLevel", "SystemLogLevel"] as const;

/** Where its lines go: its own group, or the one that Lambda makes by its name. */
function logGroupOf(id: string, name: string, properties: JsonObject): string {
  const { LogGroup } = only(
    object(properties.LoggingConfig ?? {}, id),
    ["LogGroup", "LogFormat", ...logLevels],
    id,
  );
  return LogGroup === undefined ? `/aws/lambda/${name}` : text(LogGroup, `${id}.LogGroup`);
}

/** What Lambda sets by itself. */
const runtimeVariables = (of: {
  readonly name: string;
  readonly version: string;
  readonly region: string;
  readonly memory: number;
  readonly taskRoot: string;
  readonly group: string;
}): Record<string, string> => ({
  AWS_REGION: of.region,
  AWS_DEFAULT_REGION: of.region,
  AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
  AWS_LAMBDA_FUNCTION_NAME: of.name,
  AWS_LAMBDA_FUNCTION_VERSION: of.version,
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(of.memory),
  AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
  AWS_LAMBDA_LOG_GROUP_NAME: of.group,
  LAMBDA_TASK_ROOT: of.taskRoot,
  // At AWS it goes with its environment; here with the folder of the stack.
  TMPDIR: dirname(of.taskRoot),
  PATH: "/usr/local/bin:/usr/bin:/bin",
  TZ: ":UTC",
});
