/** A run's lines as the page shows them. */
import { expect, test } from "vitest";
import type { LineRow } from "../../dashboard/api.ts";
import { lineGroups, propertiesText } from "../../dashboard/line-groups.ts";

const line = (number: number, attempt: number, pass: number, more: Partial<LineRow> = {}): LineRow => ({
  ...{ number, attempt, pass, level: "info", message: `line ${number}`, time: "2026-01-01T00:00:00.000Z" },
  ...more,
});

test("lines stand apart by attempt and pass, in the order in which they were logged", () => {
  const groups = lineGroups([line(1, 1, 1), line(2, 1, 1), line(3, 1, 2), line(4, 2, 2), line(5, 2, 3)]);
  expect(
    groups.map(({ attempt, pass, lines }) => [attempt, pass, lines.map(({ number }) => number)]),
  ).toEqual([
    [1, 1, [1, 2]],
    [1, 2, [3]],
    [2, 2, [4]],
    [2, 3, [5]],
  ]);
  expect(lineGroups([])).toEqual([]);
});

test("properties are shown as JSON; those of a line that was cut, as far as they were kept", () => {
  expect(propertiesText(line(1, 1, 1))).toBeUndefined();
  expect(propertiesText(line(1, 1, 1, { properties: { to: "Ann", of: [1] } }))).toBe('{"to":"Ann","of":[1]}');
  expect(propertiesText(line(1, 1, 1, { properties: "a text" }))).toBe('"a text"');
  expect(propertiesText(line(1, 1, 1, { properties: '{"to":"A', isCut: true }))).toBe('{"to":"A');
});
