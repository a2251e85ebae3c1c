/**
 * Lines of runs in memory.
 *
 * Never: keeps anything beyond the process.
 */
import type { KeptLine, LogLine, RunLogs } from "./run-logs.ts";

/** Lines that live as long as their process. */
export function memoryLogs(): RunLogs & { add(runId: string, line: LogLine): void } {
  const kept = new Map<string, KeptLine[]>();
  return {
    add(runId, line) {
      const lines = kept.get(runId) ?? [];
      kept.set(runId, [...lines, { ...line, number: lines.length + 1 }]);
    },
    async page(runId, { after, limit, attempt }) {
      const found = (kept.get(runId) ?? []).filter(
        (line) => line.number > after && (attempt === undefined || line.attempt === attempt),
      );
      return { lines: found.slice(0, limit), more: found.length > limit };
    },
  };
}
