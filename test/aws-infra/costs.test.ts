/** docs/aws-costs.md: its tables are those of bench/aws-costs.ts, and what they count of the stack is in the template. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { elsewhere, idle, perMillion, stack, tables, tenAwaits, total } from "../../bench/aws-costs.ts";
import { lookedAtAges } from "../../functions/aws/dynamo-fresh.ts";
import { partitions } from "../../functions/aws/keys.ts";
import { root } from "../world/place.ts";
import { resourcesOf, templateOf } from "./synthesized.ts";

test("the page has the tables as they are computed", () => {
  const page = readFileSync(join(root, "docs", "aws-costs.md"), "utf8");
  expect(tables().filter((table) => !page.includes(table))).toEqual([]);
});

test("a million runs of ten awaits cost under $12, an eighth of durable functions and less than a twentieth of Step Functions", () => {
  const ours = total(perMillion(tenAwaits));
  expect(ours.toFixed(2)).toBe("11.98");
  expect(elsewhere.map(({ lines }) => Math.round(total(lines)))).toEqual([96, 281]);
});

test("an idle stack costs about $2 a month", () => {
  expect(total(idle()).toFixed(2)).toBe("2.04");
});

test("what is counted of the stack is in the template: memory, alarms, secret, ticks, partitions", () => {
  const resources = Object.entries(resourcesOf(templateOf()));
  const ofType = (type: string) => resources.filter(([, { Type }]) => Type === type);
  const memory = (name: string) =>
    ofType("AWS::Lambda::Function").find(([id]) => id.includes(name))?.[1].Properties.MemorySize;
  expect(["Dispatcher", "Api", "Timer"].map(memory)).toEqual([
    stack.functionMb,
    stack.functionMb,
    stack.timerMb,
  ]);
  expect(ofType("AWS::CloudWatch::Alarm")).toHaveLength(stack.alarms);
  expect(ofType("AWS::SecretsManager::Secret")).toHaveLength(stack.secrets);
  expect(ofType("AWS::Events::Rule")[0]?.[1].Properties.ScheduleExpression).toBe(
    `rate(${stack.tickMinutes} minute)`,
  );
  const looks = lookedAtAges.length * partitions.ordinary.length + partitions.dead.length;
  expect(looks + partitions.waking.length + partitions.scheduled.length + 2).toBe(stack.queriesPerTick);
});
