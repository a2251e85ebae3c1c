/**
 * What somebody should be woken for: runs that failed, runs that wait too long, and parts that do not work.
 *
 * Owns:      the alarms. Each costs $0.10 a month: nine are there always, the others with the first topic.
 * Invariant: an alarm says what has happened and what to do about it.
 */
import { Duration } from "aws-cdk-lib";
import type { HttpApi } from "aws-cdk-lib/aws-apigatewayv2";
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { Operation } from "aws-cdk-lib/aws-dynamodb";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import type { LargerFunction } from "./larger.ts";
import type { Settings } from "./props.ts";
import type { State } from "./state.ts";
import { ownMetric } from "./telemetry.ts";

/** The parts of a stack that are looked after. */
export interface Watched {
  readonly state: State;
  readonly dispatcher: LambdaFunction;
  /** Functions like it with more memory: what the dispatcher is woken for, they are, too. */
  readonly larger: readonly LargerFunction[];
  readonly timer: LambdaFunction;
  readonly housekeeper: LambdaFunction;
  readonly http: HttpApi;
}

interface Condition {
  readonly metric: IMetric;
  readonly above?: number;
  readonly below?: number;
  /** How many periods in a row. @default 1 */
  readonly periods?: number;
  readonly says: string;
}

type Conditions = Readonly<Record<string, Condition>>;

const period = Duration.minutes(5);
const most = { period, statistic: "Maximum" } as const;
const total = { period, statistic: "Sum" } as const;

/** The sum, or the largest, of one metric of several resources; one alone is itself. */
function over(kind: "SUM" | "MAX", label: string, metrics: readonly IMetric[]): IMetric {
  const [only, ...others] = metrics;
  if (only !== undefined && others.length === 0) return only;
  const usingMetrics = Object.fromEntries(metrics.map((each, at) => [`m${at}`, each]));
  const listed = Object.keys(usingMetrics).map((name) => `FILL(${name}, 0)`);
  return new MathExpression({ expression: `${kind}([${listed.join(", ")}])`, usingMetrics, label, period });
}

/** The dispatcher and the larger functions. */
export const workersOf = ({ dispatcher, larger }: Watched): LambdaFunction[] => [
  dispatcher,
  ...larger.map((each) => each.function),
];

/** Runs: those that failed, and those that wait. */
function ofRuns(owner: Construct, { state, larger }: Watched): Conditions {
  const { doorbell, lostRings, deadLetters } = state;
  const ages = [doorbell, ...larger.map(({ queue }) => queue)].map((queue) =>
    queue.metricApproximateAgeOfOldestMessage(most),
  );
  return {
    FailedRuns: {
      metric: deadLetters.metricApproximateNumberOfMessagesVisible(most),
      above: 0,
      says: "A run has failed for good, and its letter lies in the dead-letter queue. Look at the run: holdfast dlq list. Mend what it failed of and resume it; then delete the letter.",
    },
    LateRings: {
      metric: over("MAX", "Age of the oldest ring", ages),
      above: 900,
      says: "Rings wait for more than 15 minutes: the dispatcher does not keep up. Raise maxConcurrency, or the account's limit if the dispatcher is throttled.",
    },
    LostRings: {
      metric: lostRings.metricApproximateNumberOfMessagesVisible(most),
      above: 100,
      periods: 2,
      says: "Rings do not get through to the dispatcher, again and again. Look for what it ends with in its log; the timer rings them again by itself.",
    },
    LateRuns: {
      // Written by the timer (functions/timer.ts).
      metric: ownMetric(owner, "LateSeconds", most),
      above: 120,
      periods: 2,
      says: "A run has waited for more than two minutes past its time: rings get lost, or nobody answers them. Look at the dispatcher's errors and throttles, and at the age of the oldest ring.",
    },
  };
}

/** The parts that they rest on. */
function ofParts(watched: Watched): Conditions {
  const { state, timer, housekeeper } = watched;
  const workers = workersOf(watched);
  const operations = [Operation.PUT_ITEM, Operation.UPDATE_ITEM, Operation.QUERY];
  return {
    DispatcherErrors: {
      metric: over(
        "SUM",
        "Errors",
        workers.map((each) => each.metricErrors(total)),
      ),
      above: 0,
      periods: 2,
      says: "Passes break off: out of memory, out of time, or the process ended. Find the run in the dispatcher's log. Let its task ask for a larger machine, or put long work into smaller awaits.",
    },
    DispatcherThrottled: {
      metric: over(
        "SUM",
        "Throttles",
        workers.map((each) => each.metricThrottles(total)),
      ),
      above: 0,
      periods: 3,
      says: "The account has no more concurrency for the dispatcher. Ask for a higher limit (Lambda, concurrent executions), or lower maxConcurrency.",
    },
    TimerMissing: {
      metric: timer.metricInvocations(total),
      below: 1,
      periods: 2,
      says: "The timer has not run for 10 minutes: runs that wait are late. Look whether its rule is switched on, and whether the account has concurrency left.",
    },
    HousekeeperErrors: {
      // It sweeps once a day: the alarm rings until a day has passed without an error.
      metric: housekeeper.metricErrors({ ...total, period: Duration.days(1) }),
      above: 0,
      says: "Within a day the housekeeper has failed: runs that were kept long enough, or old versions of the code, may still be there. Look in its log for what it failed of and for which runs; it tries again by itself with the next day's sweep, and holdfast erase does it at once.",
    },
    TableThrottled: {
      metric: state.table.metricThrottledRequestsForOperations({ ...total, operations }),
      above: 0,
      periods: 3,
      says: "The table, or one of its indexes, is throttled. A table on demand doubles within half an hour by itself; if it goes on, look for its maximum throughput, or for one run that writes very often.",
    },
  };
}

/** For whoever is told: early signs, before anything is late. */
function early(watched: Watched, { timeout }: Settings): Conditions {
  const { state, http } = watched;
  const durations = workersOf(watched).map((each) => each.metricDuration({ period, statistic: "p99" }));
  return {
    ApiErrors: {
      metric: http.metricServerError(total),
      above: 5,
      periods: 2,
      says: "Requests and webhooks are answered with 5xx. Look for errors in the api function's log; senders of webhooks deliver them again.",
    },
    DispatcherSlow: {
      metric: over("MAX", "Duration", durations),
      above: 0.8 * timeout * 1_000,
      periods: 3,
      says: "Passes come near to the longest time that one may last: awaits in flight then are cut off and made again. Look for the longest tries, and split them.",
    },
    RingsInFlight: {
      metric: state.doorbell.metricApproximateNumberOfMessagesNotVisible(most),
      above: 100_000,
      says: "So many rings are being answered that SQS soon hands out no more (120,000). Lower maxConcurrency, or look for passes that hang.",
    },
  };
}

function makeAll(owner: Construct, conditions: Conditions): Alarm[] {
  return Object.entries(conditions).map(
    ([name, { metric, above, below, periods = 1, says }]) =>
      new Alarm(owner, `${name}Alarm`, {
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
      }),
  );
}

/** The alarms of every stack. */
export const makeAlarms = (owner: Construct, watched: Watched): Alarm[] =>
  makeAll(owner, { ...ofRuns(owner, watched), ...ofParts(watched) });

/** Those that come with the first topic. */
export const makeEarlyAlarms = (owner: Construct, watched: Watched, settings: Settings): Alarm[] =>
  makeAll(owner, early(watched, settings));
