/** `test` and `describe` for what needs DynamoDB Local: skipped where there is no Java. The set-up of the project says so. */
import { describe as anyDescribe, test as anyTest, inject, type SuiteAPI, type TestAPI } from "vitest";

/** Address of DynamoDB Local; undefined without Java. */
export const dynamodb = inject("dynamodb");

/** A test on a bench. */
export const test = (dynamodb === undefined ? anyTest.skip : anyTest) as TestAPI;

/** A group of tests on a bench. */
export const describe = (dynamodb === undefined ? anyDescribe.skip : anyDescribe) as SuiteAPI;
