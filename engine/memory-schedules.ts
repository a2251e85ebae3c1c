/**
 * Schedules in memory: the reference for the other stores.
 *
 * Never: keeps anything beyond the process.
 */
import { goneForMs, type LocalSchedulesStore, type Schedule, scheduleText } from "./schedules.ts";

/** Schedules that live as long as their process. */
export function memorySchedules(): LocalSchedulesStore {
  const kept = new Map<string, string>();
  const read = (text: string): Schedule => JSON.parse(text) as Schedule;
  const all = (): Schedule[] =>
    [...kept.values()].map(read).sort((a, b) => Number(a.id > b.id) - Number(a.id < b.id));
  const dueByTime = (): { schedule: Schedule; due: number }[] =>
    all()
      .flatMap((schedule) => {
        const { due, made } = schedule;
        return due === undefined || made === undefined ? [] : [{ schedule, due }];
      })
      .sort((a, b) => a.due - b.due);

  /** Those deleted a day before this one go with it. */
  function sweep(goneAt: number | undefined): void {
    if (goneAt === undefined) return;
    for (const { id, made } of all()) if ((made?.goneAt ?? goneAt) < goneAt - goneForMs) kept.delete(id);
  }

  return {
    declared: async () => all().filter(({ made }) => made === undefined),
    all: async () => all().filter(({ made }) => made?.goneAt === undefined),
    async read(id) {
      const text = kept.get(id);
      return text === undefined ? undefined : read(text);
    },
    async *due(until) {
      const found = dueByTime().filter(({ due }) => due <= until);
      if (found.length > 0) yield found.map(({ schedule }) => schedule);
    },
    nextDue: async () => dueByTime()[0]?.due,
    async put(schedule) {
      const text = scheduleText(schedule);
      const there = kept.get(schedule.id);
      if (there === text) return true;
      if ((there === undefined ? 0 : read(there).revision) !== schedule.revision - 1) return false;
      kept.set(schedule.id, text);
      sweep(schedule.made?.goneAt);
      return true;
    },
  };
}
