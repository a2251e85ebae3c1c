/** The judge of the chaos test finds each kind of wrong ledger. */
import { expect, test } from "vitest";
import { judge, type Line } from "./ledger.ts";

const lines = (...list: [effect: number, at: number, key?: string][]): Line[] =>
  list.map(([effect, at, key]) => ({ run: "a", effect, at, key: key ?? `key ${effect}` }));
const of = (list: Line[], kills: number[] = []) =>
  judge(
    list,
    ["a"],
    2,
    kills.map((at) => ({ from: at, to: at })),
  );

test("a ledger without a blemish", () => {
  expect(of(lines([1, 10], [2, 20]))).toEqual({
    repeated: [],
    unexplained: [],
    otherKey: [],
    missing: [],
    interrupted: 0,
  });
});
test("an effect that was interrupted by a kill may be made once more", () => {
  expect(of(lines([1, 10], [2, 20], [2, 40]), [30])).toMatchObject({
    interrupted: 1,
    unexplained: [],
    repeated: [],
  });
});
test("an effect that is made again without a kill is unexplained", () => {
  expect(of(lines([1, 10], [2, 20], [2, 40]), [50]).unexplained).toEqual(["a/2"]);
  expect(of(lines([1, 10], [2, 20], [2, 40], [2, 45]), [30]).unexplained).toEqual(["a/2"]);
  expect(
    judge(lines([1, 10], [2, 20], [2, 40], [2, 45]), ["a"], 2, [{ from: 18, to: 50 }]).unexplained,
  ).toHaveLength(1);
});
test("an effect that is made again behind its successor was recorded, and is repeated", () => {
  expect(of(lines([1, 10], [2, 20], [1, 40]), [30]).repeated).toEqual(["a/1"]);
});
test("another key and a missing effect are found", () => {
  expect(of(lines([1, 10, "x"], [1, 40, "y"]), [30])).toMatchObject({ otherKey: ["a/1"], missing: ["a/2"] });
});
