/**
 * The planner: the function that says what resuming a run would do, by playing it on the newest code, or on the run's own.
 *
 * Owns:      the right to read runs and the code of older versions, and nothing else: the author's code is played in it, and is to
 *            change nothing.
 */
import { Stack } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { findValues } from "./bucket.ts";
import type { BuiltCode } from "./code.ts";
import { type Dispatcher, nodeOptions } from "./dispatcher.ts";
import { encryptionSetting, openRuns } from "./encryption.ts";
import { fetchCode, listVersions, makeFunction } from "./function.ts";
import { argue } from "./nag.ts";
import type { Settings } from "./props.ts";
import { readSecret } from "./secrets.ts";
import { lastingId } from "./stable.ts";
import type { State } from "./state.ts";
import { readRuns } from "./table.ts";

/** The api waits 26 s for it, and the planner 20 s for a play. */
const timeout = 25;

/** Makes it. Its code is the dispatcher's, with a handler of its own: what it plays is what runs, and lies there once. */
export function makePlanner(
  owner: Construct,
  { table, bucket, secret, encryption }: State,
  dispatcher: Dispatcher,
  code: BuiltCode,
  settings: Settings,
): LambdaFunction {
  const planner = makeFunction(
    owner,
    "Planner",
    {
      description: "Holdfast: says what resuming a run would do",
      code: code.dispatcher,
      handler: "planner/index.handler",
      timeout,
      memorySize: Math.max(1_024, ...dispatcher.sizes),
      environment: {
        ...settings.environment,
        NODE_OPTIONS: nodeOptions(settings),
        HOLDFAST_STAGE: Stack.of(owner).stackName,
        HOLDFAST_PROJECT: owner.node.id,
        HOLDFAST_TABLE: table.tableName,
        HOLDFAST_BUCKET: bucket.bucketName,
        HOLDFAST_SECRET_ID: secret.secretArn,
        ...encryptionSetting(encryption),
        HOLDFAST_CODE_VERSION: dispatcher.codeVersion,
        HOLDFAST_MEMORY_MB: dispatcher.sizes.join(),
        HOLDFAST_DISPATCHER: dispatcher.function.functionName,
      },
      may: [
        readRuns(table),
        ...findValues(bucket),
        readSecret(secret),
        ...openRuns(owner, encryption),
        fetchCode(dispatcher.function),
        listVersions(dispatcher.function),
      ],
    },
    settings,
  );
  argue(owner.node.findChild("PlannerRole"), {
    [`AwsSolutions-IAM5[Resource::<${lastingId(owner, "Dispatcher")}.Arn>:*]`]:
      "The versions of this function and of no other: which one is fetched is said by the run that is looked at.",
  });
  return planner;
}

/** For who has plans made. */
export const havePlanned = (planner: LambdaFunction): PolicyStatement =>
  new PolicyStatement({
    sid: "HavePlanned",
    actions: ["lambda:InvokeFunction"],
    resources: [planner.functionArn],
  });
