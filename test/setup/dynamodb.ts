/**
 * Starts DynamoDB Local once for all files of the project `aws`; they ask for its address with `inject("dynamodb")`.
 *
 * Without Java the tests on it are skipped with a message; where `CI` or `HOLDFAST_REQUIRE_JAVA=1` is set it is an error.
 */
import type { TestProject } from "vitest/node";
import { dynamoPort, javaIsMissing } from "../aws/dynamodb.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Address of DynamoDB Local; undefined where there is no Java. */
    dynamodb: string | undefined;
  }
}

/** Vitest calls it before the first test of the project. */
export async function setup(project: TestProject): Promise<void> {
  const missing = javaIsMissing();
  if (missing !== undefined) console.error(missing);
  project.provide("dynamodb", missing === undefined ? `http://127.0.0.1:${await dynamoPort()}` : undefined);
}
