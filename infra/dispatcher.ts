/**
 * The dispatcher: the function that works on runs. One ring, one invocation, one pass.
 *
 * Owns:      the function, its published versions, and the event source between it and the doorbell.
 * Invariant: a published version outlives the deployment that replaces it: runs are pinned to it.
 */
import { createHash } from "node:crypto";
import { RemovalPolicy, Stack } from "aws-cdk-lib";
import { Policy, PolicyStatement, type Role } from "aws-cdk-lib/aws-iam";
import {
  Alias,
  EventSourceMapping,
  type Function as LambdaFunction,
  RecursiveLoop,
} from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { keepValues } from "./bucket.ts";
import { apiNameOf, callApi } from "./callers.ts";
import type { BuiltCode } from "./code.ts";
import { hearRings, ring, writeDeadLetters } from "./doorbell.ts";
import { encryptionSetting, openRuns } from "./encryption.ts";
import { makeFunction } from "./function.ts";
import { mostMemory } from "./largest.ts";
import { argue } from "./nag.ts";
import { joinNetwork, keepOutOfNetwork, networkOptions } from "./network.ts";
import { InfraError } from "./problems.ts";
import type { Settings } from "./props.ts";
import { readSecret } from "./secrets.ts";
import { lastingId, named } from "./stable.ts";
import type { State } from "./state.ts";
import { endTurns, workOnRuns } from "./table.ts";
import { arguePutSpans, putSpans, telemetryOf } from "./telemetry.ts";

/** The dispatcher, and the version of it that this deployment publishes. */
export interface Dispatcher {
  readonly function: LambdaFunction;
  /** What the tasks act as. */
  readonly role: Role;
  readonly alias: Alias;
  /** Megabytes. */
  readonly memorySize: number;
  /** What new runs are pinned to: the version's number, a dot, and the hash of its code and environment. */
  readonly codeVersion: string;
}

/** The author's own options of Node, and the one by which the stack of an error names his lines. */
export const nodeOptions = ({ environment }: Settings): string =>
  [environment.NODE_OPTIONS, "--enable-source-maps"].filter(Boolean).join(" ");

/**
 * The hash by which code is known, as `functions/code-version.ts` takes it apart: with that of its environment, if it has
 * any. Names that CloudFormation knows only later count as what they stand for in the template.
 */
function hashOf(owner: Construct, { codeVersion }: BuiltCode, { environment }: Settings): string {
  const variables = Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1));
  if (variables.length === 0) return codeVersion;
  const text = JSON.stringify(Stack.of(owner).resolve(variables));
  return `${codeVersion}-${createHash("sha256").update(text).digest("hex").slice(0, 8)}`;
}

/** What a pass may do, wherever it goes on. */
export function rightsOfPasses(
  owner: Construct,
  { table, bucket, secret, encryption, doorbell, deadLetters }: State,
  settings: Settings,
): PolicyStatement[] {
  return [
    callApi(owner),
    workOnRuns(table),
    endTurns(table),
    ...keepValues(bucket),
    ring(doorbell),
    writeDeadLetters(deadLetters),
    readSecret(secret),
    ...openRuns(owner, encryption),
    ...putSpans(settings),
  ];
}

/** Trigger.dev's default machine has as much. */
const leastMemory = 512;

/** The memory of the largest machine that a task asks for, as far as Lambda has it: all of them share the function. */
function memoryOf({ memory }: BuiltCode, { memorySize }: Settings): number {
  const asked = Math.min(memory, mostMemory);
  if (memorySize === undefined) return Math.max(leastMemory, asked);
  if (memorySize >= asked) return memorySize;
  const fix = "Leave memorySize out, raise it, or let the task ask for a smaller machine.";
  throw new InfraError(
    "HF601",
    `memorySize is ${memorySize}, and a task asks for a machine of ${memory} MB.`,
    fix,
  );
}

/** Where it finds what it works with. */
function placesOf(owner: Construct, state: State): Record<string, string> {
  const { table, bucket, secret, doorbell, deadLetters, encryption } = state;
  return {
    HOLDFAST_TABLE: table.tableName,
    HOLDFAST_DOORBELL_URL: doorbell.queueUrl,
    HOLDFAST_DEAD_LETTER_URL: deadLetters.queueUrl,
    HOLDFAST_BUCKET: bucket.bucketName,
    HOLDFAST_SECRET_ID: secret.secretArn,
    ...encryptionSetting(encryption),
    HOLDFAST_API_FUNCTION: apiNameOf(owner),
  };
}

/** Makes the dispatcher. */
export function makeDispatcher(
  owner: Construct,
  state: State,
  code: BuiltCode,
  settings: Settings,
): Dispatcher {
  const hash = hashOf(owner, code, settings);
  const memorySize = memoryOf(code, settings);
  const dispatcher = makeFunction(
    owner,
    "Dispatcher",
    {
      description: "Holdfast: works on runs",
      code: code.dispatcher,
      timeout: settings.timeout,
      memorySize,
      environment: {
        ...settings.environment,
        NODE_OPTIONS: nodeOptions(settings),
        HOLDFAST_STAGE: Stack.of(owner).stackName,
        HOLDFAST_PROJECT: owner.node.id,
        ...placesOf(owner, state),
        HOLDFAST_CODE_VERSION: hash,
        HOLDFAST_MEMORY_MB: String(memorySize),
        HOLDFAST_LEASE_SECONDS: String(settings.lease),
        HOLDFAST_LEAVE_AFTER_SECONDS: String(settings.leaveAfter),
        ...telemetryOf(owner, settings),
      },
      may: [...rightsOfPasses(owner, state, settings), hearRings(state.doorbell), ...joinNetwork(settings)],
      more: {
        ...networkOptions(settings),
        // A run that goes on rings for itself. Lambda would take that for a loop and stop it after 16 passes.
        recursiveLoop: RecursiveLoop.ALLOW,
        currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE },
      },
    },
    settings,
  );
  arguePutSpans(owner.node.findChild("DispatcherRole"), settings);
  // Its versions go with it: were it ever replaced, the runs that are pinned to them would be stuck.
  named(owner, "Dispatcher", dispatcher);
  const alias = new Alias(owner, "Live", { aliasName: "live", version: dispatcher.currentVersion });
  const role = owner.node.findChild("DispatcherRole") as Role;
  allowHandOff(owner, dispatcher, role);
  keepOutOfNetwork(owner, dispatcher, role, settings);
  listen(owner, alias, state, settings);
  return {
    function: dispatcher,
    role,
    alias,
    memorySize,
    codeVersion: `${dispatcher.currentVersion.version}.${hash}`,
  };
}

/** A run that is pinned to an older version is handed to it. A policy of its own: the role cannot name the function. */
function allowHandOff(owner: Construct, dispatcher: LambdaFunction, role: Role): void {
  const handOff = new PolicyStatement({
    sid: "HandOff",
    actions: ["lambda:InvokeFunction"],
    resources: [`${dispatcher.functionArn}:*`],
  });
  const policy = new Policy(owner, "DispatcherHandOff", { statements: [handOff] });
  policy.attachToRole(role);
  argue(policy, {
    [`AwsSolutions-IAM5[Resource::<${lastingId(owner, "Dispatcher")}.Arn>:*]`]:
      "The versions of this function and of no other: their numbers are not known before they are published.",
  });
}

/** One ring per invocation, so that a run that ends its process ends nobody else's. */
function listen(owner: Construct, alias: Alias, { doorbell }: State, { maxConcurrency }: Settings): void {
  const source = new EventSourceMapping(owner, "Rings", {
    target: alias,
    eventSourceArn: doorbell.queueArn,
    batchSize: 1,
    maxConcurrency,
    reportBatchItemFailures: true,
  });
  argue(source, {
    "Serverless-LambdaEventSourceMappingDestination":
      "SQS puts a ring that never gets through into the queue of lost rings, where the timer picks it up.",
  });
}
