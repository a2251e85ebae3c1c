/**
 * The housekeeper: once an hour it erases runs that were kept long enough, and removes versions of the dispatcher that no
 * run needs.
 *
 * Owns:      the rights to delete by age, and no other function has them.
 */
import { Duration } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as FunctionTarget } from "aws-cdk-lib/aws-events-targets";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { eraseValues, findValues } from "./bucket.ts";
import type { BuiltCode } from "./code.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { listVersions, makeFunction } from "./function.ts";
import { theirVersions } from "./larger.ts";
import { argue } from "./nag.ts";
import type { Settings } from "./props.ts";
import type { State } from "./state.ts";
import { eraseRuns, findRuns, sweepRuns } from "./table.ts";

const hourly = Duration.hours(1);
/** Lambda has no more. What is left then is the next hour's. */
const timeout = 900;

/** For who removes versions. Without a version the function itself would be meant: that is another resource. */
function reapVersions(dispatcher: LambdaFunction, larger: readonly LambdaFunction[]): PolicyStatement[] {
  return [
    listVersions(dispatcher),
    new PolicyStatement({
      sid: "ReapVersions",
      actions: ["lambda:DeleteFunction"],
      resources: [dispatcher, ...larger].map(({ functionArn }) => `${functionArn}:*`),
    }),
  ];
}

/** Makes the function and the rule that starts it. */
export function makeHousekeeper(
  owner: Construct,
  { table, bucket }: State,
  dispatcher: Dispatcher,
  code: BuiltCode,
  settings: Settings,
): LambdaFunction {
  const larger = dispatcher.larger.map((each) => each.function);
  const housekeeper = makeFunction(
    owner,
    "Housekeeper",
    {
      description: "Holdfast: takes away what nobody needs any more",
      code: code.housekeeper,
      timeout,
      memorySize: 256,
      environment: {
        HOLDFAST_TABLE: table.tableName,
        HOLDFAST_BUCKET: bucket.bucketName,
        HOLDFAST_CODE_VERSION: dispatcher.codeVersion,
        HOLDFAST_DISPATCHER: dispatcher.function.functionName,
        HOLDFAST_RETENTION: JSON.stringify(settings.retention),
      },
      may: [
        sweepRuns(table),
        ...findRuns(table, "runs"),
        eraseRuns(table),
        ...findValues(bucket),
        eraseValues(bucket),
        ...reapVersions(dispatcher.function, larger),
      ],
    },
    settings,
  );
  argue(
    owner.node.findChild("HousekeeperRole"),
    theirVersions(owner, dispatcher.larger, "which of them go is known when they are looked at."),
  );
  const rule = new Rule(owner, "Housekeeping", {
    description: "Holdfast: each hour",
    schedule: Schedule.rate(hourly),
    targets: [new FunctionTarget(housekeeper, { retryAttempts: 0, maxEventAge: hourly })],
  });
  argue(rule, {
    "Serverless-EventBusDLQ": "It carries nothing: the next one, an hour later, does the same work.",
  });
  return housekeeper;
}
