/**
 * Tasks that ask for a machine that no function in AWS is large enough for. The build reads what they ask for in their source; what
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
    log.warn("No function is large enough for the machine of a task: name it in the stack, in machines", {
      task,
      machine,
      memoryMb: deployment().sizes?.at(-1),
    });
  }
}
