import { metadata, task } from "@trigger.dev/sdk";
export const importRow = task({
  id: "import-row",
  run: async (p: { row: number }) => {
    metadata.parent.increment("processed", 1);
    metadata.root.append("rows", p.row);
    return p.row;
  },
});
export const importCsv = task({
  id: "import-csv",
  run: async (p: { rows: number[] }) => {
    metadata.set("processed", 0).set("total", p.rows.length);
    const done = await importRow.batchTriggerAndWait(p.rows.map((row) => ({ payload: { row } })));
    await metadata.flush();
    return { done: done.runs.length, total: metadata.get("total") };
  },
});
