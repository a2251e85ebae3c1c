/** Kills one of Holdfast's runners, chosen by chance. */
import type { Holdfast } from "../world/holdfast.ts";
import { gone, kill } from "../world/processes.ts";

/** Resolves when it is gone; the time before the kill. */
export async function killOneRunner(holdfast: Holdfast, random: () => number): Promise<number> {
  for (let patience = 0; patience < 100; patience++) {
    const runners = await holdfast.runners();
    const victim = runners[Math.floor(random() * runners.length)];
    const from = Date.now();
    if (victim !== undefined && kill(victim)) {
      await gone([victim]);
      return from;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("There was no runner to kill.");
}
