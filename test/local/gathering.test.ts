import { expect, test } from "vitest";
import { gathering } from "../../local/gathering.ts";

/** A queue's commits on time that stands still until it is told to pass. */
function world() {
  const state = { time: 0, others: true, flushes: [] as number[], takes: 0 };
  let turns: (() => void)[] = [];
  let timers: { at: number; fn: () => void }[] = [];
  const asked = gathering(
    () => {
      state.flushes.push(state.time);
      state.time += state.takes;
    },
    {
      othersCome: () => state.others,
      now: () => state.time,
      after: (ms, fn) => timers.push({ at: state.time + ms, fn }),
      turn: (fn) => turns.push(fn),
    },
  );
  function endTurn(): void {
    const ending = turns;
    turns = [];
    for (const fn of ending) fn();
  }
  function pass(ms: number): void {
    state.time += ms;
    const due = timers.filter(({ at }) => at <= state.time);
    timers = timers.filter(({ at }) => at > state.time);
    for (const { fn } of due) fn();
    endTurn();
  }
  return { state, asked, endTurn, pass };
}

test("while others come, a commit follows the one before by five milliseconds, the first one follows nobody", () => {
  const { state, asked, endTurn, pass } = world();
  expect(asked()).toBe(true);
  endTurn();
  expect(state.flushes).toEqual([0]);
  pass(2);
  expect(asked()).toBe(false);
  pass(2);
  expect(state.flushes).toEqual([0]);
  pass(1);
  expect(state.flushes).toEqual([0, 5]);
});

test("where nobody else comes, or the last commit is some time ago, a commit is made at its turn's end", () => {
  const { state, asked, endTurn, pass } = world();
  state.others = false;
  for (const _ of [1, 2]) {
    expect(asked()).toBe(true);
    endTurn();
  }
  state.others = true;
  pass(5);
  asked();
  endTurn();
  expect(state.flushes).toEqual([0, 0, 5]);
});

test.each([
  [10, 40],
  [200, 50],
])("a commit that took %i ms is followed by none for %i ms, while others come", (takes, pause) => {
  const { state, asked, endTurn, pass } = world();
  state.takes = takes;
  asked();
  endTurn();
  asked();
  pass(pause - 1);
  expect(state.flushes).toEqual([0]);
  pass(1);
  expect(state.flushes).toEqual([0, takes + pause]);
});
