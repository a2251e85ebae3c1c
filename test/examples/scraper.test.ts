/** examples/scraper through the real `holdfast dev`, against a site in bad shape. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Holdfast, startHoldfast } from "../world/holdfast.ts";
import { type Folder, makeFolder, root } from "../world/place.ts";
import { type Mood, startSite } from "../world/site.ts";

let data: Folder;
let holdfast: Holdfast;

beforeAll(async () => {
  data = await makeFolder("scraper");
  holdfast = await startHoldfast({
    project: join(root, "examples", "scraper"),
    tasks: "tasks",
    data: data.path,
  });
});

afterAll(async () => {
  await holdfast?.stop();
  await data?.remove();
});

const page = `<html><body><ul><li data-price="4.50">Tea</li><li data-price="12">Lamp</li></ul></body></html>\n`;

async function scrape(moods: readonly Mood[]) {
  const site = await startSite(page, moods);
  try {
    return {
      run: await holdfast.finished(await holdfast.trigger("scrape", { url: site.url })),
      seen: site.seen,
    };
  } finally {
    await site.close();
  }
}

test("a page that is down, cut or half is asked for again until it is whole", async () => {
  const { run, seen } = await scrape(["down", "half", "whole"]);
  const offers = [
    { name: "Tea", price: 4.5 },
    { name: "Lamp", price: 12 },
  ];
  expect(run).toMatchObject({ status: "COMPLETED", output: offers });
  expect(seen).toEqual(["down", "half", "whole"]);
});

test("a connection that breaks is tried again", async () => {
  const { run, seen } = await scrape(["cut", "whole"]);
  expect(run.status).toBe("COMPLETED");
  expect(seen).toEqual(["cut", "whole"]);
});

test("after five attempts the run is a dead letter that says why", async () => {
  const { run, seen } = await scrape(["half"]);
  expect(run).toMatchObject({ status: "FAILED", error: { message: "The page is cut off." } });
  expect(seen).toHaveLength(5);
});
