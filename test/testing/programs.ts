/** Small programs as somebody would write them who wants to see a journal fail. Each is crashed everywhere. */

/** A program, and the outside world that it finds as `globalThis.outside`. */
export interface Program {
  readonly title: string;
  readonly source: string;
  /** Files beside it. */
  readonly files?: Readonly<Record<string, string>>;
  readonly packages?: readonly string[];
  readonly world?: () => object;
  readonly output: unknown;
}

/** A turn of the event loop. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A world whose calls are made in a few turns, and do the same each time. */
export function usualWorld() {
  return {
    effects: [] as string[],
    async act(what: unknown, turns = 1): Promise<unknown> {
      for (let left = turns; left > 0; left--) await turn();
      this.effects.push(String(what));
      return what;
    },
    async double(n: number): Promise<number> {
      await turn();
      this.effects.push(`double ${n}`);
      return n * 2;
    },
    async fail(message: string): Promise<never> {
      await turn();
      this.effects.push(`fail ${message}`);
      throw Object.assign(new Error(message, { cause: new TypeError("the cause") }), { code: "E_FAIL" });
    },
    async fill(target: { items?: unknown[] }, item: unknown): Promise<void> {
      await turn();
      this.effects.push(`fill ${item}`);
      target.items ??= [];
      target.items.push(item);
    },
    async user(id: number): Promise<object> {
      await turn();
      return { id, name: `user ${id}`, at: new Date(0), tags: new Set(["a", id]), of: new Map([[id, [id]]]) };
    },
    promised: (n: number): Promise<number> => new Promise((resolve) => setTimeout(() => resolve(n), 1)),
  };
}

/** A task file with one task. */
export const run = (
  body: string,
): string => `export const t = task({ id: "t", retry: { maxAttempts: 2, minTimeoutInMs: 10, randomize: false }, run: async (n: number) => {
${body}
} });`;
