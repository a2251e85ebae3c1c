/** Tells when something has been so for a while, at each look. */
import type { Clock } from "../engine/ports.ts";

/** Looks at something that comes and goes. */
export interface Lasting {
  /** Is it so now? */
  see(isSo: boolean): void;
}

/** Has `told` called when it has been so for `ms`, and again each `ms` while it stays so. */
export function lasting({ after }: Pick<Clock, "after">, ms: number, told: () => void): Lasting {
  let takeBack: (() => void) | undefined;
  const wait = (): void => {
    takeBack = after(ms, () => {
      wait();
      told();
    });
  };
  return {
    see(isSo) {
      if (isSo === (takeBack !== undefined)) return;
      if (isSo) return wait();
      takeBack?.();
      takeBack = undefined;
    },
  };
}
