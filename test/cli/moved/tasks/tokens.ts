import { metadata, task, wait } from "@trigger.dev/sdk";
export const approval = task({
  id: "approval",
  run: async (_payload: { prompt: string }) => {
    const token = await wait.createToken({ timeout: "10m", tags: ["approval"] });
    metadata.set("token", token.id).set("pub", token.publicAccessToken.length > 10);
    const result = await wait.forToken<{ approved: boolean }>(token);
    if (!result.ok) throw new Error("timed out");
    return result.output.approved ? "yes" : "no";
  },
});
export const timeoutToken = task({
  id: "timeout-token",
  run: async () => {
    const token = await wait.createToken({ timeout: "1s" });
    const r = await wait.forToken<string>(token);
    return r.ok ? "ok" : r.error.name;
  },
});
