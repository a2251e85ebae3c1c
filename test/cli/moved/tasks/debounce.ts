import { task } from "@trigger.dev/sdk";
export const reindex = task({ id: "reindex", run: async (p: { v: number }) => p.v });
export const changes = task({
  id: "changes",
  run: async () => {
    const hs = [];
    for (const v of [1, 2, 3])
      hs.push(await reindex.trigger({ v }, { debounce: { key: "doc", delay: "2s", mode: "trailing" } }));
    return new Set(hs.map((h) => h.id)).size;
  },
});
