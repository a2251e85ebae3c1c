/**
 * Random programs do the same with and without the transform.
 *
 * `PROGRAMS=20000 SEED=1 npx vitest run test/transform/random` tries more, or others.
 */
import { expect, test } from "vitest";
import { transform } from "../../transform/transform.ts";
import { moduleOf, run, transformed } from "./plain-runtime.ts";
import { randomBody } from "./random-program.ts";

const programs = Number(process.env.PROGRAMS ?? 200);
const first = Number(process.env.SEED ?? 1);

test(`${programs} random programs from seed ${first} on`, { timeout: 600_000 }, async () => {
  let refused = 0;
  for (let seed = first; seed < first + programs; seed++) {
    const source = moduleOf(randomBody(seed));
    if (transform(source, { file: "a.ts" }).problems.some(({ code }) => code === "HF112")) {
      refused += 1;
      continue;
    }
    const code = transformed(source);
    const plain = await run(source);
    expect(await run(code), `seed ${seed}\n${source}\n---\n${code}`).toEqual(plain);
    expect(plain.end, `seed ${seed} is sound\n${source}`).toMatch(/^value/);
  }
  expect(refused).toBeLessThan(programs / 4);
});
