/** The table of effects: what the outside world was asked for, counted by idempotency key. */
import type { Call } from "../world/world.ts";

/** All calls of one kind. */
export interface Effect {
  /** `payment POST /charges` */
  readonly name: string;
  readonly calls: number;
  readonly keys: number;
}

/** The effects of a list of calls, in the order in which they began. */
export function effectsOf(calls: readonly Call[]): Effect[] {
  const names = [...new Set(calls.map(nameOf))];
  return names.map((name) => {
    const same = calls.filter((call) => nameOf(call) === name);
    return { name, calls: same.length, keys: new Set(same.map(({ key }) => key)).size };
  });
}

/** The name under which a call is counted. */
export const nameOf = ({ service, path }: Call): string => `${service} ${path}`;

/** True when each effect was made once, the interrupted one perhaps twice with one key. */
export function isSound(effects: readonly Effect[], interrupted?: string): boolean {
  return effects.every(({ name, calls, keys }) => keys === 1 && calls === (name === interrupted ? 2 : 1));
}

/** The rows to print. */
export function effectRows(effects: readonly Effect[], interrupted?: string): string[][] {
  const verdict = ({ name, calls, keys }: Effect): string => {
    if (name === interrupted && calls === 2 && keys === 1) return "cut off, made again with the same key";
    return calls === 1 && keys === 1 ? "once" : "NOT AS CLAIMED";
  };
  const rows = effects.map((each) => [each.name, String(each.calls), String(each.keys), verdict(each)]);
  return [["effect", "calls", "idempotency keys", ""], ...rows];
}
