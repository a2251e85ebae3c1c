/** Functions for larger machines: what they are made of, who may reach them, and who is woken for them. */
import { expect, test } from "vitest";
import { type Resource, resourcesOf, templateOf } from "./synthesized.ts";

const plain = resourcesOf(templateOf());
const sized = resourcesOf(templateOf({ machines: ["medium-1x", "large-1x"] }));

interface Lambda {
  readonly Description?: string;
  readonly MemorySize?: number;
  readonly Environment?: { readonly Variables: Readonly<Record<string, unknown>> };
}

const ofType = (resources: Readonly<Record<string, Resource>>, type: string): [string, Resource][] =>
  Object.entries(resources).filter(([, { Type }]) => Type === type);

test("a larger function is the dispatcher in all but its memory: role, code, environment, log", () => {
  const [own, ...larger] = ["OrdersDispatcher", "OrdersMachine2048", "OrdersMachine8192"].map((id) => {
    const { Description, MemorySize, Environment, ...rest } = (sized[id]?.Properties ?? {}) as Lambda;
    const { HOLDFAST_LARGER: told, ...variables } = Environment?.Variables ?? {};
    return { MemorySize, told, same: { ...rest, variables } };
  });
  expect(larger.map(({ MemorySize }) => MemorySize)).toEqual([2_048, 8_192]);
  expect(larger.map(({ told }) => told)).toEqual([undefined, undefined]);
  for (const { same } of larger) expect(same).toEqual(own?.same);
  // The versions that this deployment publishes, and their queues.
  const told = JSON.stringify(own?.told);
  for (const size of [2_048, 8_192])
    expect(told).toMatch(new RegExp(`Machine${size}Rings.*Machine${size}CurrentVersion`));
});

test("its versions outlive deployments as the dispatcher's do, and its queue goes with it: it holds rings alone", () => {
  const versions = ofType(sized, "AWS::Lambda::Version").filter(([id]) => id.includes("Machine"));
  expect(versions).toHaveLength(2);
  for (const [, { DeletionPolicy }] of versions) expect(DeletionPolicy).toBe("RetainExceptOnCreate");
  const queues = ofType(sized, "AWS::SQS::Queue").filter(([id]) => id.includes("Machine"));
  expect(queues.map(([id]) => id)).toEqual(["OrdersMachine2048Rings", "OrdersMachine8192Rings"]);
  const doorbell = sized.OrdersDoorbell?.Properties;
  for (const [, { DeletionPolicy, Properties }] of queues) {
    expect(DeletionPolicy).toBe("Delete");
    expect(Properties).toEqual(doorbell);
  }
});

test("a stack has no role, no log group and no alarm more for it, and each of its passes is one ring, as many at once as of the dispatcher", () => {
  for (const type of [
    "AWS::IAM::Role",
    "AWS::Logs::LogGroup",
    "AWS::CloudWatch::Alarm",
    "AWS::SecretsManager::Secret",
  ])
    expect([type, ofType(sized, type).length]).toEqual([type, ofType(plain, type).length]);
  const sources = ofType(sized, "AWS::Lambda::EventSourceMapping").map(([, { Properties }]) => Properties);
  expect(sources).toHaveLength(3);
  for (const source of sources)
    expect(source).toMatchObject({ BatchSize: 1, ScalingConfig: { MaximumConcurrency: 100 } });
});

test("alarms of the dispatcher ring for larger functions, too", () => {
  const expressions = Object.fromEntries(
    ofType(sized, "AWS::CloudWatch::Alarm").flatMap(([id, { Properties }]) => {
      const metrics = (Properties.Metrics ?? []) as { readonly Expression?: string }[];
      return metrics.flatMap(({ Expression }) =>
        Expression ? [[id.replace(/^Orders|Alarm\w+$/g, ""), Expression]] : [],
      );
    }),
  );
  const all = (kind: string): string =>
    `${kind}([${["m0", "m1", "m2"].map((name) => `FILL(${name}, 0)`).join(", ")}])`;
  expect(expressions).toMatchObject({
    LateRings: all("MAX"),
    DispatcherErrors: all("SUM"),
    DispatcherThrottled: all("SUM"),
  });
});
