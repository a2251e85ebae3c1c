/** What the build tells of webhooks, and the language of their filters. */
import { expect, test } from "vitest";
import { parseFilter } from "../../filters/parse.ts";
import { passes } from "../../filters/passes.ts";
import { transform } from "../../transform/transform.ts";

const delivered = {
  event: {
    type: "paid",
    amount: 12,
    tags: ["a", "b"],
    refund: null,
    items: [
      { id: 7, kind: "book", at: { home: true } },
      { id: 9, kind: "pen", at: { home: true } },
    ],
    live: true,
    other: 12,
    owe: -3,
  },
  headers: { "x-github-event": "push" },
};

test.each([
  ["event.type == 'paid'", true],
  ['event.type == "paid" && event.amount > 10', true],
  ["event.type == 'paid' && event.amount > 12", false],
  ["event.type != 'paid' || event.amount <= 12", true],
  ["!(event.type == 'paid')", false],
  ["event.type in ['open', 'paid']", true],
  ["event.type in []", false],
  ["event.type startsWith 'pa' && event.type endsWith 'id'", true],
  ["event.type contains 'ai'", true],
  ["event.tags contains 'b'", true],
  ["event.items[0].id == 7", true],
  ["event.refund == null && event.nothing.at.all == null", true],
  ["event.live == true", true],
  ["event.amount == event.other", true],
  ["event.owe == -3", true],
  ["event.amount == '12'", false],
  ["event.type > 1", false],
  ["event.constructor == null && event.type.length == null", true],
  ["event.type not in ['open', 'closed']", true],
  ["event.type not in ['open', 'paid']", false],
  ["event.items any (id == 9)", true],
  ["event.items any ( id == 8 )", false],
  ["event.items all (id > 6)", true],
  ["event.items all (id > 7)", false],
  ["event.items all (at.home == true) && event.type == 'paid'", true],
  ["event.items any (kind in ['pen', 'ink'] && id != 9)", false],
  ["!(event.items any (kind startsWith 'p')) || event.amount == 1", false],
  ["event.nothing any (id == 1) || event.type all (id == 1)", false],
  ["event.items any (event == null)", true],
  ["header.x-github-event == 'push' && header.X-GitHub-Event == 'push'", true],
])("the filter %s is %s of the example", (text, expected) => {
  expect(passes(parseFilter(text), delivered)).toBe(expected);
});

test("the items of a delivery that is a list itself are looked at by event any", () => {
  const batch = { event: [{ type: "nodeCreated" }, { type: "nodeDeleted" }], headers: {} };
  expect(passes(parseFilter("event any ( type == 'nodeCreated' )"), batch)).toBe(true);
  expect(passes(parseFilter("event all (type == 'nodeCreated')"), batch)).toBe(false);
  expect(passes(parseFilter("event any (type == 'nodeMoved')"), batch)).toBe(false);
});

test.each([
  ["event.type", "it is no comparison"],
  ["event.type == ", "it cannot be read"],
  ["event.type === 'a'", "there is no operator ==="],
  ["event.type + 1", "there is no operator +"],
  ["process.env == 'a'", "no path"],
  ["event.type == fetch('x')", "no text, number"],
  ["event.type in 'a'", "no list"],
  ["event.type startsWith 1", "no text"],
  ["event.items any id", "it is no comparison"],
  ["event.items any ('a')", "it is no comparison"],
  ["event.items any (id == event.other)", "a list's item is no text"],
  ["items any (id == 1)", "is no path"],
])("the filter %s is refused: %s", (text, why) => {
  expect(() => parseFilter(text)).toThrow(why);
});

const build = (source: string) =>
  transform(`import { task, webhook, webhooks } from "holdfast";\n${source}`, { file: "tasks/a.ts" });

test.each([
  `webhook({ id: "a", source: make(), onEvent: async () => {} });`,
  `webhook({ id: "a", onEvent: async () => {} });`,
  `webhook({ id: "a", source: webhooks.stripe({ secret: process.env.A }), onEvent: async () => {} });`,
  `webhook({ id: "a", source: webhooks.stripe(), filter: text(), onEvent: async () => {} });`,
  `webhook({ id: "a", source: webhooks.stripe(), filter: "event.type", onEvent: async () => {} });`,
  `import { e } from "./e"; webhook({ id: "a", endpoint: e, onEvent: async () => {} });`,
  `webhooks.endpoint.define({ id: name, source: webhooks.stripe() });`,
  `task({ id: "a", webhook: options(), run: async () => {} });`,
  `task({ id: "a", run: async () => { await webhooks.waiter.create("e", { match: found }); } });`,
])("what cannot be read in the source is an error of the build: %s", (source) => {
  expect(build(source).problems.map(({ code, severity }) => [code, severity])).toEqual([["HF121", "error"]]);
});

test("constants of the file are read, and the awaits of onEvent are recorded", () => {
  const { tasks, endpoints, sites, problems } = build(`
    const secret = "BILLING";
    const options = { secret, toleranceSeconds: 60 };
    const source = webhooks.stripe(options);
    export const a = webhook({ id: "a", source, onEvent: async ({ event }) => { await fetch(event.url); } });`);
  expect(problems).toEqual([]);
  expect(endpoints).toEqual([
    { id: "a", provider: "stripe", options: { secret: "BILLING", toleranceSeconds: 60 } },
  ]);
  expect(tasks).toMatchObject([{ id: "a", webhook: { endpoint: "a" } }]);
  expect(sites.map(({ name }) => name)).toEqual(["fetch"]);
});
