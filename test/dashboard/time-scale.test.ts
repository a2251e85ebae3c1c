/** The timeline's scale: what lies where, and which gaps are drawn short. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { timeScale } from "../../dashboard/time-scale.ts";

const day = 86_400_000;

test("a run without a long gap is drawn as it was", () => {
  const busy = [
    { from: 0, to: 10 },
    { from: 40, to: 50 },
  ];
  const { at, breaks } = timeScale(busy, { from: 0, to: 100 });
  expect([0, 10, 50, 100].map(at)).toEqual([0, 10, 50, 100]);
  expect(breaks).toEqual([]);
});

test("a wait of three days between two seconds of work shows both seconds, and says how long it was", () => {
  const busy = [
    { from: 0, to: 1_000 },
    { from: 1_000 + 3 * day, to: 2_000 + 3 * day },
  ];
  const { at, breaks } = timeScale(busy, { from: 0, to: 2_000 + 3 * day });
  expect(at(1_000)).toBeGreaterThan(30);
  expect(100 - at(1_000 + 3 * day)).toBeGreaterThan(30);
  expect(breaks).toEqual([{ from: at(1_000), to: at(1_000 + 3 * day), ms: 3 * day }]);
});

test("pauses between tries keep their proportions", () => {
  const points = [0, 1_000, 3_000, 7_000].map((ms) => ({ from: ms, to: ms }));
  expect(timeScale(points, { from: 0, to: 7_000 }).breaks).toEqual([]);
});

test("the scale goes from 0 to 100 and never turns back, whatever happened", () => {
  const span = fc.tuple(fc.nat(1e9), fc.nat(1e6)).map(([from, size]) => ({ from, to: from + size }));
  fc.assert(
    fc.property(fc.array(span, { maxLength: 20 }), fc.array(fc.nat(1e9 + 1e6)), (busy, times) => {
      const { at } = timeScale(busy, { from: 0, to: 1e9 + 1e6 });
      const places = [0, ...times.sort((a, b) => a - b), 1e9 + 1e6].map(at);
      expect(places[0]).toBeCloseTo(0);
      expect(places.at(-1)).toBeCloseTo(100);
      for (const [i, place] of places.entries()) {
        expect(place).toBeGreaterThanOrEqual((places[i - 1] ?? 0) - 1e-6);
      }
    }),
  );
});

test("a run that took no time has a scale all the same", () => {
  const { at } = timeScale([], { from: 5, to: 5 });
  expect([4, 5, 6].map(at)).toEqual([0, 0, 0]);
});
