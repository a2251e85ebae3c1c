/**
 * What somebody should be woken for: runs that failed, runs that wait too long, and parts that do not work.
 *
 * Owns:      the alarms. Each costs $0.10 a month.
 */
import { Duration } from "aws-cdk-lib";
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  Metric,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { Operation } from "aws-cdk-lib/aws-dynamodb";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import type { Settings } from "./props.ts";
import type { State } from "./state.ts";

interface Watched {
  readonly state: State;
  readonly dispatcher: LambdaFunction;
  readonly timer: LambdaFunction;
}

interface Condition {
  readonly metric: IMetric;
  readonly above?: number;
  readonly below?: number;
  /** How many periods in a row. @default 1 */
  readonly periods?: number;
  readonly says: string;
}

const period = Duration.minutes(5);
const most = { period, statistic: "Maximum" } as const;
const total = { period, statistic: "Sum" } as const;

function conditions({ state, dispatcher, timer }: Watched): Readonly<Record<string, Condition>> {
  const { doorbell, lostRings, deadLetters, table } = state;
  return {
    FailedRuns: {
      metric: deadLetters.metricApproximateNumberOfMessagesVisible(most),
      above: 0,
      says: "A run has failed for good. Its letter lies in the dead-letter queue: holdfast dlq list.",
    },
    LateRings: {
      metric: doorbell.metricApproximateAgeOfOldestMessage(most),
      above: 900,
      says: "Rings wait for more than 15 minutes: the dispatcher does not keep up, or is throttled.",
    },
    LostRings: {
      metric: lostRings.metricApproximateNumberOfMessagesVisible(most),
      above: 100,
      periods: 2,
      says: "Rings do not get through to the dispatcher, again and again.",
    },
    DispatcherErrors: {
      metric: dispatcher.metricErrors(total),
      above: 0,
      periods: 2,
      says: "Passes break off: out of memory, out of time, or the process ended.",
    },
    DispatcherThrottled: {
      metric: dispatcher.metricThrottles(total),
      above: 0,
      periods: 3,
      says: "The account has no more concurrency for the dispatcher.",
    },
    LateRuns: {
      // Written by the timer (functions/timer.ts).
      metric: new Metric({
        namespace: "Holdfast",
        metricName: "LateSeconds",
        dimensionsMap: { Table: table.tableName },
        ...most,
      }),
      above: 120,
      periods: 2,
      says: "A run has waited for more than two minutes past its time: rings get lost, or nobody answers them.",
    },
    TimerMissing: {
      metric: timer.metricInvocations(total),
      below: 1,
      periods: 2,
      says: "The timer has not run for 10 minutes: runs that wait are late.",
    },
    TableThrottled: {
      metric: table.metricThrottledRequestsForOperations({
        ...total,
        operations: [Operation.PUT_ITEM, Operation.UPDATE_ITEM, Operation.QUERY],
      }),
      above: 0,
      periods: 3,
      says: "The table, or one of its indexes, is throttled.",
    },
  };
}

/** Makes the alarms. */
export function makeAlarms(owner: Construct, watched: Watched, { alarmTopic }: Settings): void {
  for (const [name, { metric, above, below, periods = 1, says }] of Object.entries(conditions(watched))) {
    const alarm = new Alarm(owner, `${name}Alarm`, {
      metric,
      alarmDescription: says,
      threshold: above ?? below ?? 0,
      comparisonOperator:
        below === undefined
          ? ComparisonOperator.GREATER_THAN_THRESHOLD
          : ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: periods,
      // A timer that does not run sends nothing at all; everywhere else, nothing means that nothing happened.
      treatMissingData: below === undefined ? TreatMissingData.NOT_BREACHING : TreatMissingData.BREACHING,
    });
    if (alarmTopic !== undefined) alarm.addAlarmAction(new SnsAction(alarmTopic));
  }
}
