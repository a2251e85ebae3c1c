/**
 * P14: the same random operations on SQLite and in memory. DynamoDB's share is `test/aws-adapters/contract.test.ts`.
 */
import { compared, difference, outcomes, sequenceOf } from "../contract/sequences.ts";
import { sqlite } from "../contract/stores.ts";
import type { Suite } from "./suite.ts";

export const stores: Suite = {
  name: "P14",
  shows: "SQLite answers any sequence of operations as memory does.",
  ci: { from: 1, count: 1_250 },
  async attempt(seed) {
    const answers = await compared(sqlite, sequenceOf(seed), false);
    const found = difference(answers);
    const text = JSON.stringify(answers.expected);
    return {
      found: found === undefined ? [] : [found],
      counters: {
        operations: answers.operations,
        ...Object.fromEntries(outcomes.map((outcome) => [`with ${outcome}`, text.includes(outcome) ? 1 : 0])),
      },
    };
  },
};
