/** What the bench knows is what docs/aws-bench.md says that it knows. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../world/place.ts";
import { knownActions } from "./iam-statements.ts";
import { knownTypes } from "./resources.ts";

const page = readFileSync(join(root, "docs", "aws-bench.md"), "utf8");

test("every resource type stands in the page, and none besides", () => {
  const told = [...page.matchAll(/`(AWS::\w+::\w+)`/g)].map(([, type]) => type);
  expect([...new Set(told)].sort()).toEqual(Object.keys(knownTypes).sort());
});

/** They are granted and never called: parts of another call, or past the proxy. */
const uncalled =
  /^logs:|^kms:|ConditionCheckItem|ListBucket|AbortMultipartUpload|InvokeFunction|DescribeTable|GetQueueUrl/;

test("every action stands in the page", () => {
  const missing = [...knownActions].filter(
    (action) => !uncalled.test(action) && !page.includes(`\`${action.split(":")[1]}\``),
  );
  expect(missing).toEqual([]);
});
