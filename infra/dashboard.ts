/**
 * A dashboard in CloudWatch: what runs do, and how the parts below them are. $3 a month, so only where it is asked for.
 *
 * Owns:      what is on it. The dashboard of single runs is another: the api serves it under /runs.
 */
import { Duration } from "aws-cdk-lib";
import { Dashboard, GraphWidget, type IMetric } from "aws-cdk-lib/aws-cloudwatch";
import { Operation } from "aws-cdk-lib/aws-dynamodb";
import type { Construct } from "constructs";
import { type Watched, workersOf } from "./alarms.ts";
import type { Settings } from "./props.ts";
import { ownMetric } from "./telemetry.ts";

const period = Duration.minutes(5);
const total = { period, statistic: "Sum" } as const;
const most = { period, statistic: "Maximum" } as const;
const slowest = { period, statistic: "p95" } as const;

const graph = (title: string, ...left: IMetric[]): GraphWidget =>
  new GraphWidget({ title, left, width: 8, height: 6 });

/** Makes the dashboard. Figures of runs are on it where they are counted. */
export function makeDashboard(owner: Construct, watched: Watched, { metrics }: Settings): Dashboard {
  const { state, timer, http } = watched;
  const { doorbell, lostRings, deadLetters, table } = state;
  const own = (options: typeof total | typeof slowest | typeof most, ...names: string[]): IMetric[] =>
    names.map((name) => ownMetric(owner, name, options));
  const runs = [
    graph("Runs", ...own(total, "RunsStarted", "RunsCompleted", "RunsFailed", "RunsCanceled")),
    graph("Tries and attempts that failed", ...own(total, "FailedTries", "FailedAttempts")),
    graph("Seconds, of 95 %", ...own(slowest, "RunSeconds", "TrySeconds")),
    graph("Late, seconds", ...own(most, "QueuedSeconds", "WakeLateSeconds", "LateSeconds")),
  ];
  const late = graph("Late, seconds", ...own(most, "LateSeconds"));
  const operations = [Operation.PUT_ITEM, Operation.UPDATE_ITEM, Operation.QUERY];
  const parts = [
    graph(
      "Rings: waiting, being answered",
      doorbell.metricApproximateNumberOfMessagesVisible(most),
      doorbell.metricApproximateNumberOfMessagesNotVisible(most),
    ),
    graph(
      "Dead letters, lost rings",
      deadLetters.metricApproximateNumberOfMessagesVisible(most),
      lostRings.metricApproximateNumberOfMessagesVisible(most),
    ),
    graph(
      "Dispatcher",
      ...workersOf(watched).flatMap((each) => [
        each.metricInvocations(total),
        each.metricErrors(total),
        each.metricThrottles(total),
      ]),
    ),
    graph(
      "Table",
      table.metricConsumedWriteCapacityUnits(total),
      table.metricConsumedReadCapacityUnits(total),
      table.metricThrottledRequestsForOperations({ ...total, operations }),
    ),
    graph("API", http.metricCount(total), http.metricClientError(total), http.metricServerError(total)),
    graph("Timer", timer.metricInvocations(total), timer.metricErrors(total)),
  ];
  const widgets = [...(metrics === "none" ? [late] : runs), ...parts];
  const rows = Array.from({ length: Math.ceil(widgets.length / 3) }, (_, row) =>
    widgets.slice(3 * row, 3 * row + 3),
  );
  return new Dashboard(owner, "Dashboard", { widgets: rows });
}
