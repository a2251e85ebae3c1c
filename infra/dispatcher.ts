/**
 * The dispatcher: the function that works on runs. One ring, one invocation, one pass.
 *
 * Owns:      the function, its published versions, what it may do, and how it hears the doorbell.
 * Invariant: a published version outlives the deployment that replaces it: runs are pinned to it.
 */
import { createHash } from "node:crypto";
import { RemovalPolicy, Stack } from "aws-cdk-lib";
import { Policy, PolicyStatement, type Role } from "aws-cdk-lib/aws-iam";
import { Alias, type Function as LambdaFunction, RecursiveLoop } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { keepValues } from "./bucket.ts";
import { apiNameOf, callApi } from "./callers.ts";
import type { BuiltCode } from "./code.ts";
import { hearRings, listen, ring, writeDeadLetters } from "./doorbell.ts";
import { encryptionSetting, openRuns } from "./encryption.ts";
import { makeFunction } from "./function.ts";
import { giveOn, type LargerFunction, makeLarger, makePlaces, sizesOf, theirVersions } from "./larger.ts";
import { argue } from "./nag.ts";
import { joinNetwork, keepOutOfNetwork, networkOptions } from "./network.ts";
import type { Settings } from "./props.ts";
import { readSecret } from "./secrets.ts";
import { named } from "./stable.ts";
import type { State } from "./state.ts";
import { endTurns, workOnRuns } from "./table.ts";
import { arguePutSpans, putSpans, telemetryOf } from "./telemetry.ts";

/** The dispatcher, and the version of it that this deployment publishes. */
export interface Dispatcher {
  readonly function: LambdaFunction;
  /** What the tasks act as. */
  readonly role: Role;
  readonly alias: Alias;
  /** Functions like it with more memory, smallest first. */
  readonly larger: readonly LargerFunction[];
  /** Megabytes of all of them, its own first. */
  readonly sizes: readonly [number, ...number[]];
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

/** Makes the dispatcher, and functions like it with more memory. */
export function makeDispatcher(
  owner: Construct,
  state: State,
  code: BuiltCode,
  settings: Settings,
): Dispatcher {
  const hash = hashOf(owner, code, settings);
  const sizes = sizesOf(code, settings);
  const [memorySize, ...more] = sizes;
  const places = makePlaces(owner, more, state, settings);
  const parts = {
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
      HOLDFAST_MEMORY_MB: sizes.join(),
      HOLDFAST_LEASE_SECONDS: String(settings.lease),
      HOLDFAST_LEAVE_AFTER_SECONDS: String(settings.leaveAfter),
      ...telemetryOf(owner, settings),
    },
    may: [
      ...rightsOfPasses(owner, state, settings),
      hearRings([state.doorbell, ...places.map(({ queue }) => queue)]),
      ...giveOn(places),
      ...joinNetwork(settings),
    ],
    more: {
      ...networkOptions(settings),
      // A run that goes on rings for itself. Lambda would take that for a loop and stop it after 16 passes.
      recursiveLoop: RecursiveLoop.ALLOW,
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE },
    },
  };
  const dispatcher = makeFunction(owner, "Dispatcher", parts, settings);
  arguePutSpans(owner.node.findChild("DispatcherRole"), settings);
  // Its versions go with it: were it ever replaced, the runs that are pinned to them would be stuck.
  named(owner, "Dispatcher", dispatcher);
  const role = owner.node.findChild("DispatcherRole") as Role;
  const larger = makeLarger(owner, places, { dispatcher, role, parts }, settings);
  const all = [dispatcher, ...larger.map((each) => each.function)];
  const alias = new Alias(owner, "Live", { aliasName: "live", version: dispatcher.currentVersion });
  allowHandOff(owner, all, role, larger);
  keepOutOfNetwork(owner, all, role, settings);
  listen(owner, "Rings", alias, state.doorbell, settings);
  return {
    function: dispatcher,
    role,
    alias,
    larger,
    sizes,
    codeVersion: `${dispatcher.currentVersion.version}.${hash}`,
  };
}

/** A run that is pinned to an older version is handed to it. A policy of its own: the role cannot name the functions. */
function allowHandOff(
  owner: Construct,
  functions: readonly LambdaFunction[],
  role: Role,
  larger: readonly LargerFunction[],
): void {
  const handOff = new PolicyStatement({
    sid: "HandOff",
    actions: ["lambda:InvokeFunction"],
    resources: functions.map(({ functionArn }) => `${functionArn}:*`),
  });
  const policy = new Policy(owner, "DispatcherHandOff", { statements: [handOff] });
  policy.attachToRole(role);
  argue(policy, theirVersions(owner, larger, "their numbers are not known before they are published."));
}
