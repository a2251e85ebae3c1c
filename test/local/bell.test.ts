import { describe, expect, test } from "vitest";
import { Bell, type Seat } from "../../local/bell.ts";
import { virtualClock } from "./virtual-clock.ts";

function seatOf(): Seat & { readonly rings: string[] } {
  const rings: string[] = [];
  return { rings, ring: (runId) => void rings.push(runId) };
}

function bellWith(capacity: number, seats: readonly Seat[]) {
  const clock = virtualClock();
  const bell = new Bell({ clock, capacity });
  for (const seat of seats) bell.seat(seat);
  return { bell, clock };
}

describe("a bell", () => {
  test("gives each run to the runner with most room", () => {
    const [one, two] = [seatOf(), seatOf()];
    const { bell } = bellWith(3, [one, two]);
    for (const runId of ["a", "b", "c", "d"]) bell.ring(runId);
    expect([one.rings.length, two.rings.length]).toEqual([2, 2]);
  });

  test("keeps what no runner has room for, once each, and gives it away when a pass ends", () => {
    const one = seatOf();
    const { bell } = bellWith(1, [one]);
    for (const runId of ["a", "b", "b", "c"]) bell.ring(runId);
    expect(one.rings).toEqual(["a"]);
    bell.ended(one, "a");
    expect(one.rings).toEqual(["a", "b"]);
    bell.ended(one, "b");
    bell.ended(one, "c");
    expect(one.rings).toEqual(["a", "b", "c"]);
    expect(bell.load()).toBe(0);
  });

  test("asks for one more runner when there is no room for a second, not for the moments in which many come", async () => {
    const one = seatOf();
    const clock = virtualClock();
    let asked = 0;
    const short = (): void => {
      asked += 1;
    };
    const bell = new Bell({ clock, capacity: 1, short });
    bell.seat(one);
    bell.ring("a");
    bell.taken(one, "a");
    bell.ring("b");
    await clock.pass(900);
    bell.ended(one, "a");
    bell.taken(one, "b");
    expect(asked).toBe(0);
    bell.ring("c");
    await clock.pass(950);
    expect(asked).toBe(0);
    await clock.pass(50);
    expect(asked).toBe(1);
    await clock.pass(10_000);
    expect(asked).toBe(1);
  });

  test("rings a run that is being worked on where it is being worked on", () => {
    const [one, two] = [seatOf(), seatOf()];
    const { bell } = bellWith(8, [one, two]);
    bell.ring("a");
    bell.taken(one, "a");
    bell.ring("b");
    bell.ring("a");
    expect(one.rings).toEqual(["a", "a"]);
    expect(two.rings).toEqual(["b"]);
  });

  test("rings another runner when one does not acknowledge, and gives the slow one nothing new", async () => {
    const [slow, other] = [seatOf(), seatOf()];
    const { bell, clock } = bellWith(8, [slow]);
    bell.ring("a");
    bell.seat(other);
    await clock.pass(60);
    expect(other.rings).toEqual(["a"]);
    bell.taken(other, "a");
    bell.ring("b");
    bell.ring("c");
    expect(slow.rings).toEqual(["a"]);
    expect(other.rings).toEqual(["a", "b", "c"]);
  });

  test("rings both when the slow runner has begun after all", async () => {
    const [slow, other] = [seatOf(), seatOf()];
    const { bell, clock } = bellWith(8, [slow]);
    bell.ring("a");
    bell.seat(other);
    await clock.pass(60);
    bell.taken(slow, "a");
    bell.ended(other, "a");
    bell.ring("a");
    expect(slow.rings).toEqual(["a", "a"]);
    expect(other.rings).toEqual(["a"]);
  });

  test("does not think a runner slow that answers others meanwhile", async () => {
    const [busy, other] = [seatOf(), seatOf()];
    const { bell, clock } = bellWith(8, [busy]);
    bell.ring("a");
    await clock.pass(40);
    bell.ring("b");
    bell.taken(busy, "a");
    bell.seat(other);
    await clock.pass(40);
    expect(other.rings).toEqual([]);
  });

  test("tells which runs a gone runner leaves behind", () => {
    const [one, two] = [seatOf(), seatOf()];
    const { bell } = bellWith(8, [one, two]);
    bell.ring("a");
    bell.ring("b");
    expect(bell.unseat(one)).toEqual(["a"]);
    bell.ring("a");
    expect(two.rings).toEqual(["b", "a"]);
  });

  test("leaves a run alone that the timer finds while its ring is on the way, and rings it when it stays due", async () => {
    const one = seatOf();
    const { bell, clock } = bellWith(8, [one]);
    bell.ring("a");
    bell.remind("a");
    expect(one.rings).toEqual(["a"]);
    await clock.pass(1_000);
    bell.remind("a");
    expect(one.rings).toEqual(["a", "a"]);
  });

  test("gives a retired runner no new runs, and lets it finish those it has", () => {
    const [old, fresh] = [seatOf(), seatOf()];
    const { bell } = bellWith(8, [old]);
    bell.ring("a");
    bell.retire(old);
    bell.seat(fresh);
    bell.ring("b");
    bell.ring("a");
    expect(old.rings).toEqual(["a", "a"]);
    expect(fresh.rings).toEqual(["b"]);
    expect(bell.isBusy(old)).toBe(true);
    bell.ended(old, "a");
    expect(bell.isBusy(old)).toBe(false);
  });

  test("drops rings beyond what it can keep: the timer is told that there is no room, and finds them later", () => {
    const { bell } = bellWith(1, []);
    for (let i = 0; i < 6_000; i += 1) bell.ring(`r${i}`);
    expect(bell.queued()).toBeUndefined();
    expect(bell.has("r5999")).toBe(false);
    const one = seatOf();
    bell.seat(one);
    expect(bell.queued()).toBe(4_999);
  });

  test("gives a runner other runs while one of its own only sleeps, until that one moves again", () => {
    const one = seatOf();
    const { bell } = bellWith(1, [one]);
    for (const runId of ["a", "b", "c"]) bell.ring(runId);
    bell.makeRoomBeside("a");
    expect(one.rings).toEqual(["a", "b"]);
    bell.makeRoomBeside("a", false);
    bell.ended(one, "b");
    expect(one.rings).toEqual(["a", "b"]);
    bell.ended(one, "a");
    expect(one.rings).toEqual(["a", "b", "c"]);
  });

  test("counts a run that is cleared of suspicion no longer", () => {
    const solo = seatOf();
    const { bell } = bellWith(1, [solo]);
    bell.ring("a");
    bell.ring("b");
    expect(solo.rings).toEqual(["a"]);
    bell.makeRoomBeside("a");
    expect(solo.rings).toEqual(["a", "b"]);
  });
});
