import { render } from "farm";
import { step, task, wait } from "holdfast";
import { encode } from "./encode.ts";
const hour = 60 * 60;
export const warned = task({ id: "warned", maxDuration: 1800, run: async (film: string) => await render(film) });
export const called = task({
  id: "called",
  maxDuration: 2 * hour,
  run: async (film: string) => {
    const { frames } = await fetch(`https://farm.example/${film}`).then((answer) => answer.json());
    return frames;
  },
});
export const stepped = task({
  id: "stepped",
  maxDuration: hour,
  run: async (film: string) => {
    return await step("all of it", () => render(film));
  },
});
export const short = task({ id: "short", maxDuration: 900, run: async (film: string) => await render(film) });
export const divided = task({
  id: "divided",
  maxDuration: hour,
  run: async (film: string) => {
    const first = await render(film);
    return await render(first);
  },
});
export const looped = task({
  id: "looped",
  maxDuration: hour,
  run: async (films: string[]) => {
    for (const film of films) await render(film);
  },
});
export const own = task({ id: "own", maxDuration: hour, run: async (film: string) => await encode(film) });
export const waits = task({ id: "waits", maxDuration: hour, run: async () => await wait.for({ hours: 2 }) });
export const listed = task({
  id: "listed",
  maxDuration: hour,
  run: async (films: string[]) => await Promise.all(films.map((film) => render(film))),
});
export const each = task({
  id: "each",
  maxDuration: hour,
  run: async (films: string[]) => {
    films.map(async (film) => {
      await render(film);
    });
  },
});
