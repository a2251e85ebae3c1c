import { logger, schedules } from "@trigger.dev/sdk";
export const nightly = schedules.task({
  id: "nightly",
  cron: { pattern: "0 5 * * *", timezone: "Asia/Tokyo" },
  run: async (payload) => {
    logger.info("at", {
      t: payload.timestamp.toISOString(),
      last: payload.lastTimestamp,
      tz: payload.timezone,
      next: payload.upcoming,
    });
    return [payload.timezone, payload.upcoming.length];
  },
});
