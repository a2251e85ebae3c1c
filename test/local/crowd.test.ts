import { expect, test } from "vitest";
import { crowd } from "../../local/crowd.ts";

function world() {
  const state = { time: 0 };
  const callers = crowd(() => state.time);
  /** A request by a connection of its own; gives what ends it. */
  function calls(): () => Promise<void> {
    callers.came();
    let answer = (_: Response): void => {};
    const answered = new Promise<Response>((resolve) => (answer = resolve));
    const open = callers.counted(() => answered)(new Request("http://localhost/"));
    return async () => {
      answer(new Response());
      await open;
    };
  }
  return { state, callers, calls };
}

test("eight callers that come while another one waits are a crowd, seven are none, and it is over a second after the last", () => {
  const { state, callers, calls } = world();
  calls();
  for (let n = 1; n <= 7; n++) calls();
  expect(callers.isThere()).toBe(false);
  calls();
  expect(callers.isThere()).toBe(true);
  state.time = 999;
  expect(callers.isThere()).toBe(true);
  state.time = 1_000;
  expect(callers.isThere()).toBe(false);
});

test("one caller after the other is no crowd, nor are many requests on connections that are kept", async () => {
  const { callers, calls } = world();
  for (let n = 1; n <= 20; n++) {
    const end = calls();
    expect(callers.isThere()).toBe(false);
    await end();
  }
  const kept = world();
  for (let n = 1; n <= 20; n++)
    void kept.callers.counted(() => new Promise<Response>(() => {}))(new Request("http://localhost/"));
  expect(kept.callers.isThere()).toBe(false);
});

test("a crowd whose requests are answered, or fail, is none any more, and the next caller is one by itself", async () => {
  const { callers, calls } = world();
  const ends = Array.from({ length: 10 }, calls);
  const failing = callers.counted(() => Promise.reject(new Error("no")))(new Request("http://localhost/"));
  expect(callers.isThere()).toBe(true);
  await expect(failing).rejects.toThrow("no");
  for (const end of ends) await end();
  expect(callers.isThere()).toBe(false);
  calls();
  calls();
  expect(callers.isThere()).toBe(false);
});
