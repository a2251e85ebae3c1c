import { describe, expect, test } from "vitest";
import { endings } from "../../local/endings.ts";
import { virtualClock } from "./virtual-clock.ts";

function waitingFor(runId: string, ms: number) {
  const clock = virtualClock();
  const list = endings(clock);
  const gone = new AbortController();
  const state = { answered: false };
  void list.ended(runId, ms, gone.signal).then(() => {
    state.answered = true;
  });
  return { clock, list, gone, state };
}

describe("who waits for a run's end", () => {
  test("is answered at once when it is told", async () => {
    const { clock, list, state } = waitingFor("a", 25_000);
    list.tell("b");
    await clock.pass(1);
    expect(state.answered).toBe(false);
    list.tell("a");
    await clock.pass(0);
    expect(state.answered).toBe(true);
  });

  test("looks again by itself when nobody tells", async () => {
    const { clock, state } = waitingFor("a", 25_000);
    await clock.pass(999);
    expect(state.answered).toBe(false);
    await clock.pass(1);
    expect(state.answered).toBe(true);
  });

  test("waits no longer than asked, and not for a caller who has gone", async () => {
    const short = waitingFor("a", 50);
    await short.clock.pass(50);
    expect(short.state.answered).toBe(true);
    const left = waitingFor("a", 25_000);
    left.gone.abort();
    await left.clock.pass(0);
    expect(left.state.answered).toBe(true);
  });
});
