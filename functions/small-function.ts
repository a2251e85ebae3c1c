/**
 * Tasks that ask for a machine that the function in AWS is too small for. The build reads what they ask for in their source; what
 * they have from elsewhere (spread options, say) is only known where they are loaded.
 */
import type { MachineName } from "../engine/machines.ts";
import { deployment } from "../sdk/config.ts";
import { hasRoomFor } from "../sdk/machine.ts";
import type { Log } from "./log.ts";

/** Tells of each, once for each process. */
export function tellOfSmallness(
  tasks: readonly { readonly id: string; readonly machine?: MachineName; readonly longRunning?: true }[],
  log: Pick<Log, "warn">,
): void {
  for (const { id: task, machine, longRunning } of tasks) {
    if (machine === undefined || longRunning || hasRoomFor(machine)) continue;
    const { memoryMb } = deployment();
    log.warn("The function is too small for the machine of a task: set memorySize", {
      task,
      machine,
      memoryMb,
    });
  }
}
