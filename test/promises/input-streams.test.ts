/** What is sent to a run on one machine, with real processes that are killed. */
import { expect, test } from "vitest";
import { makeProject } from "../cli/project.ts";
import { listened, listeningTask, sendKilling } from "../world/sending.ts";

test("what is sent to a run while its runners are killed answers one await each, in order, and is told to all listeners", async () => {
  const project = await makeProject({ "tasks/listens.ts": listeningTask });
  try {
    const holdfast = await project.start();
    const id = await holdfast.trigger("listens", { count: listened.seen.length });
    await sendKilling(holdfast.url, id);
    expect(await holdfast.run(id)).toMatchObject({ status: "COMPLETED", output: listened });
  } finally {
    await project.end();
  }
});
