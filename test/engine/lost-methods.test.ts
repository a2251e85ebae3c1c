/** Promises with methods of their own (HF333): what the journal answers has none, and whoever asks for one is told on the first run. */
import { expect, test } from "vitest";
import { bench } from "./tasks.ts";

/** A result as packages have them: it can be awaited, and matched. */
class Answer<T> implements PromiseLike<T> {
  readonly #value: Promise<T>;
  constructor(value: Promise<T>) {
    this.#value = value;
  }
  // biome-ignore lint/suspicious/noThenProperty: it is what such packages do
  then<A, B>(
    ok?: ((value: T) => A | PromiseLike<A>) | null,
    no?: ((e: unknown) => B | PromiseLike<B>) | null,
  ) {
    return this.#value.then(ok, no);
  }
  match<A>(ok: (value: T) => A): Promise<A> {
    return this.#value.then(ok);
  }
}

class Request extends Promise<string> {
  async json(): Promise<unknown> {
    return JSON.parse(await this);
  }
}

const lib = {
  load: (value: number) => new Answer(Promise.resolve(value)),
  request: (value: number) => new Request((resolve) => resolve(String(value))),
  answered: (value: number) => Object.assign(Promise.resolve(value), { json: async () => value }),
  matching: async (fn: (value: number) => Answer<number>) => fn(3).match?.((value) => value) ?? "no method",
  awaiting: async (fn: (value: number) => PromiseLike<number>) => Promise.all([fn(1), fn(2)]),
};

async function runOf(body: string) {
  const { world, run, output } = bench(
    `task({ id: "t", retry: { maxAttempts: 1 }, run: async () => { ${body} } });`,
    lib,
  );
  const ended = await run("t");
  const told = world.printed.filter((line) => line.startsWith("HF333"));
  return { ended, told, output: await output(ended).catch(() => undefined) };
}

test.each(["request", "answered"])(
  "a method of a promise that is kept first ends the first run with its name: %s",
  async (name) => {
    const { ended } = await runOf(
      `const send = (n: number) => lib.${name}(n); const p = send(3); return await p.json();`,
    );
    expect(ended).toMatchObject({ status: "FAILED", error: { code: "HF333" } });
    expect(ended.error?.message).toContain(`lib.${name} at`);
    expect(ended.error?.message).toContain(".json(…)");
  },
);

test.each([
  ["what can be awaited", "load"],
  ["a promise", "request"],
])(
  "a package that asks for a method of %s that a function of the author's gave it is told, once",
  async (_, name) => {
    const { told, output } = await runOf(`return await lib.matching((n: number) => lib.${name}(n));`);
    expect(output).toBe("no method");
    const asked = name === "load" ? [expect.stringContaining("lib.matching at")] : [];
    expect(told).toEqual(asked);
  },
);

test("nothing is told of what is only awaited, in variables and by packages", async () => {
  const { ended, told, output } = await runOf(
    `const p = lib.request(5); const q = lib.answered(6); p.catch(() => {}).finally(() => {});
     return [await p, await q, await lib.awaiting((n: number) => lib.load(n)), await lib.awaiting((n: number) => lib.answered(n))];`,
  );
  expect(ended.status).toBe("COMPLETED");
  expect(told).toEqual([]);
  expect(output).toEqual(["5", 6, [1, 2], [1, 2]]);
});

test("one expression with its method is one call, and needs nothing", async () => {
  const { output, told } = await runOf(`return [await lib.request(7).json(), await lib.answered(8).json()];`);
  expect(output).toEqual([7, 8]);
  expect(told).toEqual([]);
});
