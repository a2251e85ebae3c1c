/** What a run streams on one machine, read while it goes on, with real processes that are killed. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeProject } from "../cli/project.ts";
import { followKilling, streamingTask } from "../world/streaming.ts";

test("who reads a run's stream while its runners are killed gets each chunk once, in order, up to the run's end", async () => {
  const project = await makeProject({ "tasks/talks.ts": streamingTask });
  try {
    const holdfast = await project.start();
    const gates = [join(project.path, "one"), join(project.path, "two")] as const;
    const id = await holdfast.trigger("talks", { gates });
    await followKilling(holdfast.url, id, gates);
    expect(await holdfast.run(id)).toMatchObject({ status: "COMPLETED", output: ["to", "be", "or", "not"] });
  } finally {
    await project.end();
  }
});
