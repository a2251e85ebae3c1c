import { task } from "@trigger.dev/sdk";
export const translate = task({
  id: "translate",
  run: async (payload: {
    text: string;
    previousAttempt?: string;
    rejection?: string;
    count?: number;
  }): Promise<{ text: string; status: string }> => {
    const count = payload.count ?? 0;
    if (count >= 3) return { text: "gave up", status: "MAX" };
    const text = await Promise.resolve(`${payload.text}${payload.rejection ?? ""}`);
    const verdict = await Promise.resolve(count < 2 ? "no" : "APPROVED");
    if (verdict === "APPROVED") return { text, status: "APPROVED" };
    return await translate
      .triggerAndWait({ text, previousAttempt: text, rejection: "!", count: count + 1 })
      .unwrap();
  },
});
