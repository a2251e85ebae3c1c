/**
 * The timer: once a minute it starts the scheduled runs of that minute, and rings for every run whose time comes and for
 * every run that somebody left behind.
 *
 * Invariant: it is all that a run needs to go on: with every ring lost, no run waits longer than a tick and a lease.
 */
import { Duration, Stack } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as FunctionTarget } from "aws-cdk-lib/aws-events-targets";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import type { BuiltCode } from "./code.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { pickUpLostRings, ring } from "./doorbell.ts";
import { encryptionSetting, openRuns } from "./encryption.ts";
import { makeFunction } from "./function.ts";
import { argue } from "./nag.ts";
import type { Settings } from "./props.ts";
import type { State } from "./state.ts";
import { findRuns, workOnRuns } from "./table.ts";
import { metricNames } from "./telemetry.ts";

/** EventBridge knows no shorter rate. */
const tick = Duration.minutes(1);

/** Makes the timer function and the rule that starts it. */
export function makeTimer(
  owner: Construct,
  state: State,
  dispatcher: Dispatcher,
  code: BuiltCode,
  settings: Settings,
): LambdaFunction {
  const { table, doorbell, lostRings, encryption } = state;
  const timer = makeFunction(
    owner,
    "Timer",
    {
      description: "Holdfast: rings for runs whose time has come",
      code: code.timer,
      timeout: 50,
      memorySize: 256,
      environment: {
        HOLDFAST_TABLE: table.tableName,
        HOLDFAST_DOORBELL_URL: doorbell.queueUrl,
        HOLDFAST_LOST_RINGS_URL: lostRings.queueUrl,
        HOLDFAST_CODE_VERSION: dispatcher.codeVersion,
        HOLDFAST_STAGE: Stack.of(owner).stackName,
        HOLDFAST_TIMER_SECONDS: String(tick.toSeconds()),
        ...encryptionSetting(encryption),
        ...metricNames(owner),
      },
      may: [
        workOnRuns(table),
        ...findRuns(table, "runs", "wake"),
        ring(doorbell),
        pickUpLostRings(lostRings),
        ...openRuns(owner, encryption),
      ],
    },
    settings,
  );
  const rule = new Rule(owner, "Tick", {
    description: "Holdfast: each minute",
    schedule: Schedule.rate(tick),
    // A tick that is late is of no use: the next one does its work.
    targets: [new FunctionTarget(timer, { retryAttempts: 0, maxEventAge: tick })],
  });
  argue(rule, {
    "Serverless-EventBusDLQ": "A tick carries nothing: the next one, a minute later, does the same work.",
  });
  return timer;
}
