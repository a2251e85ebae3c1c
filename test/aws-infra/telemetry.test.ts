/** What the template has for whoever looks after a stack: alarms, metrics, traces, and a dashboard where one is asked for. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Stack, Validations } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { Topic } from "aws-cdk-lib/aws-sns";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import { describe, expect, test } from "vitest";
import { Holdfast } from "../../infra/index.ts";
import { root } from "../world/place.ts";
import { quickApp, type Resource, resourcesOf, templateOf } from "./synthesized.ts";

const ofType = (template: Template, type: string): Resource[] =>
  Object.values(resourcesOf(template)).filter(({ Type }) => Type === type);

const environmentOf = (template: Template, description: RegExp): Record<string, unknown> => {
  const found = ofType(template, "AWS::Lambda::Function").find(({ Properties }) =>
    description.test(String(Properties.Description)),
  );
  const { Variables = {} } = (found?.Properties.Environment ?? {}) as { Variables?: Record<string, unknown> };
  return Variables;
};

describe("alarms", () => {
  const alarmsWith = (...topics: string[]): Resource[] => {
    const stack = new Stack(quickApp(), "Stack");
    const holdfast = new Holdfast(stack, "Orders", { tasks: "x" });
    for (const name of topics) holdfast.addAlarms(new Topic(stack, name));
    return ofType(Template.fromStack(stack), "AWS::CloudWatch::Alarm");
  };

  test("are nine, which only show; with a topic twelve, and all of them are sent to it", () => {
    expect(alarmsWith()).toHaveLength(9);
    const sent = alarmsWith("Topic");
    expect(sent).toHaveLength(12);
    expect(sent.map(({ Properties }) => (Properties.AlarmActions as unknown[]).length)).toEqual(
      Array(12).fill(1),
    );
  });
  test("are sent to each of several topics, and not made again for it", () => {
    const sent = alarmsWith("Day", "Night");
    expect(sent).toHaveLength(12);
    expect(sent.every(({ Properties }) => (Properties.AlarmActions as unknown[]).length === 2)).toBe(true);
  });
  test("say what has happened and what to do about it", () => {
    for (const { Properties } of alarmsWith("Topic")) {
      const says = String(Properties.AlarmDescription);
      expect(says).toMatch(/[.:] .*\b(Look|Raise|Ask|Lower|Mend|Find|look)\b/);
      expect(says.length).toBeLessThanOrEqual(1_024);
    }
  });
});

describe("metrics", () => {
  test("are in a namespace of the stack; the alarm for late runs reads what the timer writes", () => {
    const template = templateOf();
    const timer = environmentOf(template, /rings for/);
    expect(timer).toMatchObject({ HOLDFAST_METRICS_NAMESPACE: "Holdfast/Stack", HOLDFAST_PROJECT: "Orders" });
    const late = ofType(template, "AWS::CloudWatch::Alarm").find(
      ({ Properties }) => Properties.MetricName === "LateSeconds",
    );
    expect(late?.Properties).toMatchObject({
      Namespace: timer.HOLDFAST_METRICS_NAMESPACE,
      Dimensions: [{ Name: "Project", Value: timer.HOLDFAST_PROJECT }],
    });
  });
  test.each(["none", "project", "tasks"] as const)("of passes are written as asked for: %s", (metrics) => {
    const { HOLDFAST_METRICS } = environmentOf(templateOf({ metrics }), /works on runs/);
    expect(HOLDFAST_METRICS).toBe(metrics === "none" ? undefined : metrics);
    expect(environmentOf(templateOf(), /works on runs/).HOLDFAST_METRICS).toBe("project");
  });
});

describe("traces", () => {
  const statements = (template: Template) =>
    JSON.stringify(ofType(template, "AWS::IAM::Role").map(({ Properties }) => Properties.Policies));

  test("go nowhere, and nothing may be done for them, unless they are asked for", () => {
    const template = templateOf();
    expect(statements(template)).not.toContain("xray:");
    expect(JSON.stringify(environmentOf(template, /works on runs/))).not.toMatch(/OTEL|XRAY/);
  });
  test("to X-Ray are two actions of the dispatcher's, and of no other function", () => {
    const template = templateOf({ traces: "xray" });
    expect(statements(template).match(/"xray:\w+"/g)).toEqual([
      '"xray:PutSpans"',
      '"xray:PutSpansForIndexing"',
    ]);
    expect(environmentOf(template, /works on runs/)).toMatchObject({
      HOLDFAST_XRAY_URL: {
        "Fn::Join": [
          "",
          ["https://xray.", { Ref: "AWS::Region" }, ".", { Ref: "AWS::URLSuffix" }, "/v1/traces"],
        ],
      },
      OTEL_SERVICE_NAME: "Orders",
    });
    expect(JSON.stringify(environmentOf(template, /answers requests/))).not.toContain("XRAY");
  });
  test("to a collector need no permission; a share of them is said in OpenTelemetry's own words", () => {
    const template = templateOf({ traces: "https://otel.example:4318", tracesShare: 0.1 });
    expect(statements(template)).not.toContain("xray:");
    expect(environmentOf(template, /works on runs/)).toMatchObject({
      OTEL_EXPORTER_OTLP_ENDPOINT: "https://otel.example:4318",
      OTEL_TRACES_SAMPLER: "traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "0.1",
    });
  });
});

describe("the dashboard in CloudWatch", () => {
  const shownIn = (template: Template): string =>
    JSON.stringify(ofType(template, "AWS::CloudWatch::Dashboard").map(({ Properties }) => Properties));

  test("is there where it is asked for, and costs nothing where it is not", () => {
    expect(ofType(templateOf(), "AWS::CloudWatch::Dashboard")).toEqual([]);
    expect(ofType(templateOf({ dashboard: true }), "AWS::CloudWatch::Dashboard")).toHaveLength(1);
  });
  test("shows our own metrics as docs/observability.md names them; where runs are not counted, only how late they are", () => {
    const page = readFileSync(join(root, "docs", "observability.md"), "utf8");
    const own = (template: Template): string[] =>
      [...shownIn(template).matchAll(/Holdfast\/Stack\\?",\\?"(\w+)/g)].map(([, name = ""]) => name);
    const names = own(templateOf({ dashboard: true }));
    expect(names).toContain("RunsFailed");
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
    expect(own(templateOf({ dashboard: true, metrics: "none" }))).toEqual(["LateSeconds"]);
  });
});

test.each([
  ["AwsSolutions", AwsSolutionsChecks],
  ["Serverless", ServerlessChecks],
])("cdk-nag's %s finds nothing that is not argued, with everything switched on", (_, Checks) => {
  const app = quickApp();
  Validations.of(app).addPlugins(new Checks(app));
  const stack = new Stack(app, "Stack");
  const holdfast = new Holdfast(stack, "Orders", {
    tasks: "x",
    traces: "xray",
    metrics: "tasks",
    dashboard: true,
  });
  holdfast.addAlarms(Topic.fromTopicArn(stack, "Topic", "arn:aws:sns:eu-central-1:000000000000:on-call"));
  expect(() => app.synth()).not.toThrow();
});
