import { logger, task } from "@trigger.dev/sdk/v3";
import { listCustomers } from "./list-customers.ts";
import { sendInvoice } from "./send-invoice.ts";

/** The parent: one child for the list, then one for each customer, all at once. */
export const monthlyReport = task({
  id: "monthly-report",
  run: async ({ month }: { month: string }) => {
    const listed = await listCustomers.triggerAndWait({ month });
    if (!listed.ok) throw new Error(`There is no list of customers for ${month}.`);
    const customers = listed.output;
    logger.info("invoicing", { month, customers: customers.length });

    const invoices = await Promise.all(
      customers.map((customer) => sendInvoice.triggerAndWait({ customer, month }).unwrap()),
    );

    const total = invoices.reduce((sum, { amount }) => sum + amount, 0);
    return { month, invoices: invoices.length, total };
  },
});
