import { E_TIMEOUT, lib } from "outside";
import { step } from "holdfast";
import { E_OWN } from "./errors.ts";
export async function warned() {
  try {
    await lib.acquire();
  } catch (error) {
    if (error === E_TIMEOUT) return "late";
    if (lib.errors.CANCELED != error) throw error;
  }
}
export async function silent(known: unknown) {
  try {
    await lib.acquire();
  } catch (error) {
    if (error === E_OWN || error === known || error === undefined) return "ours";
    if (error instanceof lib.TimeoutError || (error as Error).message === E_TIMEOUT.message) return "late";
  }
  try {
    lib.check();
  } catch (error) {
    if (error === E_TIMEOUT) return "thrown here";
  }
  return step("all", async () => {
    try {
      await lib.acquire();
    } catch (error) {
      return error === E_TIMEOUT;
    }
  });
}
