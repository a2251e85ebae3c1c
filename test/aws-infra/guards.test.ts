/** What the template sets against faults that no test can provoke: alarms, throttles, and no more at once than asked for. */
import { describe, expect, test } from "vitest";
import { resourcesOf, templateOf } from "./synthesized.ts";

const template = templateOf();
const resources = Object.entries(resourcesOf(template));
const named = (type: string): Readonly<Record<string, Readonly<Record<string, unknown>>>> =>
  Object.fromEntries(
    resources.filter(([, { Type }]) => Type === type).map(([id, { Properties }]) => [id, Properties]),
  );

describe("an alarm", () => {
  const alarms = named("AWS::CloudWatch::Alarm");
  const alarm = (name: string) =>
    Object.entries(alarms).find(([id]) => id.includes(`${name}Alarm`))?.[1] ?? {};

  test("rings when the timer does not run, though nothing is measured then", () => {
    expect(alarm("TimerMissing")).toMatchObject({
      MetricName: "Invocations",
      ComparisonOperator: "LessThanThreshold",
      Threshold: 1,
      TreatMissingData: "breaching",
    });
  });

  test("rings for letters, for runs that are late, and for rings that wait or get lost", () => {
    expect(alarm("FailedRuns")).toMatchObject({ Threshold: 0, EvaluationPeriods: 1 });
    expect(alarm("LateRuns")).toMatchObject({
      Namespace: "Holdfast/Stack",
      MetricName: "LateSeconds",
      Threshold: 120,
    });
    expect(alarm("LateRings")).toMatchObject({ MetricName: "ApproximateAgeOfOldestMessage", Threshold: 900 });
    expect(alarm("LostRings")).toMatchObject({ MetricName: "ApproximateNumberOfMessagesVisible" });
  });

  test("rings when the dispatcher fails or finds no room in the account, and when the table is throttled", () => {
    expect(alarm("DispatcherErrors")).toMatchObject({ MetricName: "Errors", Threshold: 0 });
    expect(alarm("DispatcherThrottled")).toMatchObject({ MetricName: "Throttles", Threshold: 0 });
    expect(JSON.stringify(alarm("TableThrottled"))).toContain("ThrottledRequests");
  });

  test("rings when the housekeeper could not erase something, until a day has passed without an error", () => {
    const { Dimensions, ...found } = alarm("HousekeeperErrors");
    expect(found).toMatchObject({
      MetricName: "Errors",
      Threshold: 0,
      Period: 86_400,
      EvaluationPeriods: 1,
      TreatMissingData: "notBreaching",
    });
    const [{ Value }] = Dimensions as [{ Value: { Ref: string } }];
    const functions = named("AWS::Lambda::Function");
    expect(functions[Value.Ref]?.Description).toBe("Holdfast: takes away what nobody needs any more");
  });

  test("is one of nine, which docs/aws-costs.md pays for", () => {
    expect(Object.keys(alarms)).toHaveLength(9);
  });
});

test("the front door takes no more than it is told to", () => {
  const [stage] = Object.values(named("AWS::ApiGatewayV2::Stage"));
  expect(stage?.DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1_000 });
});

test("no more passes at once than asked for: the account's other functions keep their room", () => {
  const [source] = Object.values(named("AWS::Lambda::EventSourceMapping"));
  expect(source?.ScalingConfig).toEqual({ MaximumConcurrency: 100 });
});
