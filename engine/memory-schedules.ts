/**
 * Schedules in memory: the reference for the other stores.
 *
 * Never: keeps anything beyond the process.
 */
import { type Schedule, type Schedules, scheduleText } from "./schedules.ts";

/** Schedules that live as long as their process. */
export function memorySchedules(): Schedules {
  const kept = new Map<string, string>();
  const read = (text: string): Schedule => JSON.parse(text) as Schedule;
  return {
    async all() {
      return [...kept.values()].map(read).sort((a, b) => Number(a.id > b.id) - Number(a.id < b.id));
    },
    async put(schedule) {
      const text = scheduleText(schedule);
      const there = kept.get(schedule.id);
      if (there === text) return true;
      if ((there === undefined ? 0 : read(there).revision) !== schedule.revision - 1) return false;
      kept.set(schedule.id, text);
      return true;
    },
  };
}
