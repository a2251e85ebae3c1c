/** Heads of runs for tests. */
import { formatVersion, type Run } from "../../engine/run.ts";

/** A queued run that nobody has worked on. */
export function runOf(id: string, fields: Partial<Run> = {}): Run {
  return {
    id,
    task: "quick",
    status: "QUEUED",
    format: formatVersion,
    payload: { inline: "null" },
    payloadHash: "h",
    createdAt: 1,
    updatedAt: 1,
    codeVersion: "v1",
    seed: "s",
    epoch: 0,
    news: 0,
    attempts: 0,
    activeMs: 0,
    deaths: 0,
    deathsAt: 0,
    lastNumber: 0,
    resumes: 0,
    tags: [],
    priority: 0,
    depth: 0,
    isTest: false,
    source: "api",
    ...fields,
  };
}
