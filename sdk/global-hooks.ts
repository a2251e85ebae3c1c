/**
 * Hooks of all tasks: `tasks.onStart(…)` and its like.
 *
 * Owns:      the hooks that the loaded files have set.
 * Invariant: they are called ahead of the task's own, in the order in which they were set; a name that is set again
 *            replaces the hook that had it.
 */
import { HoldfastError } from "../engine/errors.ts";
import type { Hook, HookName } from "./hooks.ts";

interface Named {
  readonly name: string | undefined;
  readonly hook: Hook;
}

let all = new Map<HookName, Named[]>();

/** The hooks of all tasks by this name. */
export const globalHooks = (name: HookName): Hook[] => (all.get(name) ?? []).map(({ hook }) => hook);

/** Puts these hooks in the place of those that are set; gives those. */
export function swapHooks(next: typeof all): typeof all {
  const before = all;
  all = next;
  return before;
}

/** Forgets them: for tests that reload. */
export const forgetHooks = (): void => all.clear();

/** What sets a hook, with a name of its own or without. */
export type SetHook<Params> = {
  (hook: (params: Params) => unknown): void;
  (name: string, hook: (params: Params) => unknown): void;
};

/** Sets the hooks of a project's `trigger.config`: before its files are loaded, so they are called ahead of all others. */
export function setConfigHooks(config: Readonly<Record<string, unknown>>, names: readonly HookName[]): void {
  for (const name of names) {
    const hook = config[name];
    if (hook !== undefined) hookSetter(name)("trigger.config", hook as (params: unknown) => unknown);
  }
}

/** A function that sets a hook of all tasks. */
export function hookSetter<Params>(hookName: HookName): SetHook<Params> {
  return (...args: readonly unknown[]): void => {
    const [name, hook] = args.length > 1 ? args : [undefined, args[0]];
    if (typeof hook !== "function" || (name !== undefined && typeof name !== "string")) {
      const what = `tasks.${hookName} was given no function.`;
      throw new HoldfastError("HF503", what, `Write \`tasks.${hookName}(async ({ ctx }) => { … })\`.`);
    }
    const others = (all.get(hookName) ?? []).filter((each) => name === undefined || each.name !== name);
    all.set(hookName, [...others, { name, hook: hook as Hook }]);
  };
}
