/**
 * Tags of the current run: what lists of runs are narrowed down by.
 */
import { durable } from "./link.ts";
import { onlyInside } from "./task.ts";

/**
 * The tags of the current run.
 *
 * @example
 * ```ts
 * import { tags, task } from "holdfast";
 *
 * export const invoice = task({
 *   id: "invoice",
 *   run: async (payload: { customer: string }) => {
 *     await tags.add([`customer_${payload.customer}`, "invoices"]);
 *   },
 * });
 * ```
 */
export const tags = {
  /**
   * Adds tags to those that the run has; at most 10 in all. `ctx.run.tags` shows them from then on.
   * @throws HoldfastError HF510 for what is no text of 1 to 128 characters, or too many; HF501 outside a run
   */
  add: durable(
    "tags.add",
    [],
    async (_tags: string | readonly string[]): Promise<void> => onlyInside("tags.add"),
  ),
};
