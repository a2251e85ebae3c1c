import { AbortTaskRunError, step } from "holdfast";

export async function run(order: Order) {
  try {
    await ship(order);
  } catch (error) {
    await refund(order);
    throw new Error("not shipped", { cause: error });
  }
  try {
    await ship(order);
  } catch (error) {
    await refund(order);
    throw error;
  }
  try {
    await ship(order);
  } catch (error) {
    await refund(order);
    throw new AbortTaskRunError("never");
  }
  try {
    await ship(order);
  } catch (error) {
    throw new Error("no await", { cause: error });
  }
  try {
    try {
      await ship(order);
    } catch (error) {
      await refund(order);
      throw new Error("caught outside", { cause: error });
    }
  } catch {}
  await step("all", async () => {
    try {
      await ship(order);
    } catch {
      await refund(order);
      throw new Error("inside a step");
    }
  });
}
