/**
 * Functions with more memory, one for each machine that is asked for and that the dispatcher is too small for: its code, its role, its
 * environment, its log, and a queue through which it gives them runs.
 *
 * Owns:      which sizes there are.
 * Invariant: who asks for no machine pays for the dispatcher's memory alone.
 */
import { RemovalPolicy, Stack } from "aws-cdk-lib";
import { PolicyStatement, type Role } from "aws-cdk-lib/aws-iam";
import { Alias, type Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { memoryMb, mostMbInAws } from "../engine/machines.ts";
import type { BuiltCode } from "./code.ts";
import { listen, ringQueue } from "./doorbell.ts";
import { type FunctionParts, makeSibling } from "./function.ts";
import type { Settings } from "./props.ts";
import { lastingId, named } from "./stable.ts";
import type { State } from "./state.ts";

/** The queue of a size. */
interface Place {
  /** Megabytes. */
  readonly size: number;
  readonly queue: Queue;
}

/** A function of a size. */
export interface LargerFunction extends Place {
  readonly function: LambdaFunction;
}

/** Trigger.dev's default machine has as much. */
const leastMemory = 512;

/** Megabytes of the functions that work on runs, smallest first: the dispatcher's, and those of what is asked for beyond it. */
export function sizesOf(
  { memory, asked }: Pick<BuiltCode, "memory" | "asked">,
  { memorySize, machines }: Pick<Settings, "memorySize" | "machines">,
): [number, ...number[]] {
  const own = memorySize ?? Math.max(leastMemory, Math.min(memory, mostMbInAws));
  const all = [...asked, ...machines.map(memoryMb)].map((each) => Math.min(each, mostMbInAws));
  const larger = [...new Set(all)].filter((each) => each > own);
  return [own, ...larger.sort((a, b) => a - b)];
}

/** The resources of a size begin with it: logical ids are made of it, and must not change. */
const idOf = (size: number): string => `Machine${size}`;

/** The queues, made before the role that is to hear them. They hold rings alone: they go with their function. */
export const makePlaces = (
  owner: Construct,
  sizes: readonly number[],
  { lostRings }: Pick<State, "lostRings">,
  settings: Settings,
): Place[] =>
  sizes.map((size) => {
    const which = { ...settings, removalPolicy: RemovalPolicy.DESTROY } as const;
    return { size, queue: ringQueue(owner, `${idOf(size)}Rings`, lostRings, which) };
  });

/** For the dispatcher's role. */
export const giveOn = (places: readonly Place[]): PolicyStatement[] =>
  places.length === 0
    ? []
    : [
        new PolicyStatement({
          sid: "GiveOn",
          actions: ["sqs:SendMessage"],
          resources: places.map(({ queue }) => queue.queueArn),
        }),
      ];

/** What they have in common with the dispatcher. */
interface Shared {
  readonly dispatcher: LambdaFunction;
  readonly role: Role;
  readonly parts: FunctionParts;
}

/** Makes the functions, and tells the dispatcher of them: of the version of each that has its code. */
export function makeLarger(
  owner: Construct,
  places: readonly Place[],
  { dispatcher, role, parts }: Shared,
  settings: Settings,
): LargerFunction[] {
  const { securityGroups } = settings.network === undefined ? {} : dispatcher.connections;
  const made = places.map(({ size, queue }) => {
    const id = idOf(size);
    const more = { ...parts.more, ...(securityGroups && { securityGroups }) };
    const description = `Holdfast: works on runs that ask for ${size} MB`;
    const own = { ...parts, description, memorySize: size, more };
    const larger = makeSibling(owner, id, own, settings, { role, logGroup: dispatcher.logGroup });
    named(owner, id, larger);
    const alias = new Alias(owner, `${id}Live`, { aliasName: "live", version: larger.currentVersion });
    listen(owner, `${id}Source`, alias, queue, settings);
    return { size, queue, function: larger };
  });
  if (made.length > 0) {
    const told = made.map(({ size, queue, function: { currentVersion } }) => ({
      memoryMb: size,
      queueUrl: queue.queueUrl,
      version: currentVersion.functionArn,
    }));
    dispatcher.addEnvironment("HOLDFAST_LARGER", Stack.of(owner).toJsonString(told));
  }
  return made;
}

/** Why a statement names all versions of the dispatcher and of these. */
export const theirVersions = (
  owner: Construct,
  larger: readonly LargerFunction[],
  why: string,
): Record<string, string> =>
  Object.fromEntries(
    ["Dispatcher", ...larger.map(({ size }) => idOf(size))].map((id) => [
      `AwsSolutions-IAM5[Resource::<${lastingId(owner, id)}.Arn>:*]`,
      `The versions of this function and of no other: ${why}`,
    ]),
  );
