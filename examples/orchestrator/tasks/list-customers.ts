import { task } from "@trigger.dev/sdk/v3";

const billing = process.env.BILLING_URL ?? "http://127.0.0.1:4006";

export const listCustomers = task({
  id: "list-customers",
  run: async ({ month }: { month: string }) => {
    const response = await fetch(`${billing}/customers?month=${month}`);
    if (!response.ok) throw new Error(`Billing answered ${response.status}.`);
    return (await response.json()) as string[];
  },
});
