/**
 * ECS, as far as one task of Fargate at a time is started: the template's definition, its command as a process with what ECS gives a
 * container, and nothing else.
 *
 * Owns:      the processes, each with a role's keys that it fetches itself; which tokens are known; where code is fetched from.
 * Invariant: a token that is known starts nothing: the same request gets the same task, another one `ConflictException`.
 */
import type { ChildProcess } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { close, listen } from "../world/world.ts";
import { type Json, type JsonObject, list, object, only, text, texts } from "./json.ts";
import type { LogStream } from "./logs.ts";
import { spawnBound } from "./offspring.ts";
import { secretKey } from "./presigned.ts";
import type { Backend, Caller } from "./proxy.ts";
import { answer, failure, type Reply } from "./replies.ts";
import type { Resource, Template } from "./template.ts";
import { zippedFolder } from "./zipped.ts";

/** What it is given. */
export interface FargateSetup {
  readonly template: () => Template;
  /** Where clients call. */
  readonly endpoint: string;
  readonly folder: string;
  know(accessKey: string, caller: Caller): () => void;
  print(to: LogStream, line: string): void;
}

/** Memory that Fargate has for so many units of processors, in megabytes: the least, the most, and the step between. */
const memoryFor: Readonly<Record<string, readonly [least: number, most: number, step: number]>> = {
  256: [512, 2_048, 512],
  512: [1_024, 4_096, 1_024],
  1024: [2_048, 8_192, 1_024],
  2048: [4_096, 16_384, 1_024],
  4096: [8_192, 30_720, 1_024],
  8192: [16_384, 61_440, 4_096],
};

/** A task that was started. */
interface Started {
  /** Units of processors and megabytes. */
  readonly size: readonly [cpu: string, memory: string];
  readonly arn: string;
  readonly request: string;
  readonly runId: string;
  readonly child: ChildProcess | undefined;
}

const overridesMost = 8_192;
const hoursOfKeysMs = 6 * 3_600_000;
const container = [
  "Name",
  "Image",
  "Essential",
  "Command",
  "Environment",
  "LinuxParameters",
  "StopTimeout",
] as const;

/** Fargate, running. */
export class Fargate {
  readonly #setup: FargateSetup;
  readonly #server: Server;
  readonly #tokens = new Map<string, Started>();
  readonly #keys = new Map<string, string>();
  readonly #codes = new Map<string, string>();
  /** The next starts are refused with this reason. */
  refusals: string[] = [];
  /** So many of the next tasks never begin, as where the image cannot be had. */
  stillborn = 0;

  private constructor(setup: FargateSetup) {
    this.#setup = setup;
    this.#server = createServer(({ url = "" }, response) => {
      const [, kind = "", id = ""] = url.split("/");
      const key = kind === "keys" ? this.#keys.get(id) : undefined;
      const code = kind === "code" ? this.#codes.get(id) : undefined;
      const expires = new Date(Date.now() + hoursOfKeysMs).toISOString();
      const keys = { AccessKeyId: key, SecretAccessKey: secretKey, Token: "bench", Expiration: expires };
      response.statusCode = key === undefined && code === undefined ? 403 : 200;
      response.end(code === undefined ? JSON.stringify(keys) : zippedFolder(code));
    });
  }

  static async start(setup: FargateSetup): Promise<Fargate> {
    const made = new Fargate(setup);
    await listen(made.#server);
    return made;
  }

  get #url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Where a version's code can be fetched from. */
  locationOf(folder: string): string {
    const id = randomUUID();
    this.#codes.set(id, folder);
    return `${this.#url}/code/${id}`;
  }

  /** Runs that tasks were started for, in order. */
  get started(): string[] {
    return [...this.#tokens.values()].map(({ runId }) => runId);
  }

  /** What the tasks of a run were given: units of processors and megabytes. */
  sizesOf(runId: string): Started["size"][] {
    return [...this.#tokens.values()].filter((each) => each.runId === runId).map(({ size }) => size);
  }

  /** Process ids at work on a run. */
  pidsOf(runId: string): number[] {
    return this.#living().flatMap(({ runId: own, child }) => (own === runId ? [child.pid ?? 0] : []));
  }

  /** A signal for all that work on a run: SIGKILL is the end of the container, SIGTERM what ECS says before. */
  signal(runId: string, signal: NodeJS.Signals): void {
    for (const { runId: own, child } of this.#living()) if (own === runId) signalGroup(child, signal);
  }

  async close(): Promise<void> {
    for (const { child } of this.#living()) signalGroup(child, "SIGKILL");
    await close(this.#server);
  }

  /** Answers `RunTask`. */
  readonly backend: Backend = async ({ parameters }) => {
    const { clientToken, cluster, taskDefinition } = parameters;
    const token = text(clientToken, "clientToken");
    const template = this.#setup.template();
    const clusters = template.all("AWS::ECS::Cluster").map(({ id }) => template.attribute(id, "Arn"));
    if (!clusters.includes(text(cluster, "cluster")))
      return failure("ecs", 400, "ClusterNotFoundException", "Cluster not found.");
    const definition = definitionOf(template, text(taskDefinition, "taskDefinition"));
    if (definition === undefined) return failure("ecs", 400, "ClientException", "TaskDefinition not found.");
    const request = JSON.stringify(parameters);
    const known = this.#tokens.get(token);
    if (known !== undefined && known.request !== request)
      return failure("ecs", 400, "ConflictException", "The clientToken is in use.", {
        resourceIds: [known.arn],
      });
    const reason = known === undefined ? this.refusals.shift() : undefined;
    if (reason !== undefined) return answer("ecs", { tasks: [], failures: [{ reason }] });
    const { arn } = known ?? this.#begin(token, request, parameters, definition);
    return answer("ecs", { tasks: [{ taskArn: arn, lastStatus: "PROVISIONING" }], failures: [] });
  };

  #living(): (Started & { readonly child: ChildProcess })[] {
    return [...this.#tokens.values()].filter(
      (each): each is Started & { child: ChildProcess } =>
        each.child !== undefined && each.child.exitCode === null && each.child.signalCode === null,
    );
  }

  #begin(token: string, request: string, parameters: JsonObject, definition: Resource): Started {
    checkRequest(token, parameters);
    const { region, account } = this.#setup.template().place;
    const id = randomUUID().replaceAll("-", "");
    const overridden = environmentIn(
      list(object(parameters.overrides, "overrides").containerOverrides).flatMap((each) =>
        list(object(each, "containerOverrides").environment),
      ),
      "name",
    );
    const isStillborn = this.stillborn > 0;
    if (isStillborn) this.stillborn -= 1;
    const child = isStillborn ? undefined : this.#spawn(id, definition, overridden);
    const arn = `arn:aws:ecs:${region}:${account}:task/${id}`;
    const size = sizeOf(parameters, definition);
    const started = { arn, size, request, runId: text(parameters.startedBy, "startedBy"), child };
    this.#tokens.set(token, started);
    return started;
  }

  #spawn(
    id: string,
    { id: logicalId, properties }: Resource,
    overridden: Record<string, string>,
  ): ChildProcess {
    const [only1] = list(properties.ContainerDefinitions);
    const { LogConfiguration, ...rest } = object(only1, logicalId);
    const { Command, Environment } = only(rest, container, logicalId);
    const [, ...args] = texts(Command, "Command");
    const options = object(object(LogConfiguration, "LogConfiguration").Options, "Options");
    const accessKey = `ASIA${randomBytes(8).toString("hex").toUpperCase()}`;
    this.#keys.set(id, accessKey);
    const child = spawnBound(process.execPath, args, {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      cwd: this.#setup.folder,
      env: {
        ...environmentIn(list(Environment), "Name"),
        ...overridden,
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${this.#url}/keys/${id}`,
        AWS_ENDPOINT_URL: this.#setup.endpoint,
        NODE_NO_WARNINGS: "1",
        PATH: "/usr/local/bin:/usr/bin:/bin",
        TMPDIR: this.#setup.folder,
      },
    });
    const nameOf = (role: Json | undefined): string => text(role, logicalId).split("/").at(-1) ?? "";
    const session = { role: nameOf(properties.TaskRoleArn), session: id };
    const forget = this.#setup.know(accessKey, {
      name: logicalId,
      ...session,
      kill: () => signalGroup(child, "SIGKILL"),
    });
    child.once("exit", forget);
    const to = {
      as: { role: nameOf(properties.ExecutionRoleArn), session: id },
      functionId: logicalId,
      group: text(options["awslogs-group"], "awslogs-group"),
      stream: `${text(options["awslogs-stream-prefix"], "prefix")}/pass/${id}`,
    };
    for (const stream of [child.stdout, child.stderr]) {
      let left = "";
      stream?.setEncoding("utf8").on("data", (chunk: string) => {
        const lines = `${left}${chunk}`.split("\n");
        left = lines.pop() ?? "";
        for (const line of lines) this.#setup.print(to, line);
      });
    }
    return child;
  }
}

function definitionOf(template: Template, family: string): Resource | undefined {
  return template.all("AWS::ECS::TaskDefinition").find(({ properties }) => properties.Family === family);
}

/** What the request says goes ahead of the definition. Throws for what Fargate does not have. */
function sizeOf({ overrides }: JsonObject, { properties }: Resource): Started["size"] {
  const { cpu = properties.Cpu, memory = properties.Memory } = object(overrides, "overrides");
  const size = [text(cpu, "cpu"), text(memory, "memory")] as const;
  const [least = 1, most = 0, step = 1] = memoryFor[size[0]] ?? [];
  const megabytes = Number(size[1]);
  if (megabytes >= least && megabytes <= most && (megabytes - least) % step === 0) return size;
  throw new Error(`Fargate has no task of ${size.join(" and ")}.`);
}

/** What ECS would refuse. */
function checkRequest(
  token: string,
  { overrides = {}, launchType, startedBy, networkConfiguration }: JsonObject,
): void {
  const { awsvpcConfiguration } = object(networkConfiguration, "networkConfiguration");
  const { subnets, securityGroups } = object(awsvpcConfiguration, "awsvpcConfiguration");
  const isWrong =
    !/^[!-~]{1,64}$/.test(token) ||
    launchType !== "FARGATE" ||
    JSON.stringify(overrides).length > overridesMost ||
    text(startedBy, "startedBy").length > 128 ||
    [...texts(subnets, "subnets"), ...texts(securityGroups, "groups")].some(
      (id) => !/^(subnet|sg)-/.test(id),
    );
  if (isWrong) throw new Error(`ECS would refuse this start: ${token}`);
}

const environmentIn = (pairs: readonly Json[], name: "name" | "Name"): Record<string, string> =>
  Object.fromEntries(
    pairs.map((pair) => {
      const found = object(pair, "environment");
      return [text(found[name], name), text(found[name === "name" ? "value" : "Value"], "value")];
    }),
  );

/** To the container as a whole: the process and its children. SIGTERM goes to the first process alone, as at ECS. */
function signalGroup({ pid, exitCode, signalCode }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(signal === "SIGKILL" ? -pid : pid, signal);
  } catch {
    // It has just ended.
  }
}

/** What Lambda tells of a version, for who fetches its code. */
export const versionReply = (location: string, variables: Readonly<Record<string, string>>): Reply =>
  answer("lambda", {
    Code: { Location: location },
    Configuration: { Environment: { Variables: variables } },
  });
