/** Resuming and forking from the dashboard in Chromium: the plan is shown first, and what only people can decide is asked. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Holdfast, secretKey, startHoldfast } from "../world/holdfast.ts";
import { type Folder, linkHoldfast, makeFolder } from "../world/place.ts";
import { hasBrowser, startBrowser } from "./chromium.ts";
import { openPage, signIn } from "./page.ts";
import { type Shop, startShop } from "./shop.ts";

let browser: Browser;
let shop: Shop;
let project: Folder;
let holdfast: Holdfast;

/** An order: a shelf is reserved, then a parcel is sent. */
const source = (shelf: string, end: string): string => `import { AbortTaskRunError, task } from "holdfast";

const ask = async (path: string) => (await fetch(process.env.SHOP_URL + path, { method: "POST" })).json();

export const ship = task({
  id: "ship",
  run: async ({ order }: { order: number }) => {
    await ask(\`/order/\${order}\`);
    await ask("/${shelf}");
    ${end}
  },
});
`;

const write = (text: string) => writeFile(join(project.path, "tasks", "ship.ts"), text);
const version = async () =>
  ((await holdfast.request("GET", "/api/v1/tasks")).body as { version: string }).version;

/** Puts other code in place, and waits until it is built. */
async function edit(text: string): Promise<void> {
  const before = await version();
  await write(text);
  await expect.poll(version).not.toBe(before);
}

const askedFor = (path: string): number => shop.asked.filter((each) => each === path).length;

async function open(path: string): Promise<Page> {
  const { page } = await openPage(browser, holdfast.url);
  await page.goto(path);
  await signIn(page, secretKey);
  return page;
}

describe.skipIf(!hasBrowser)("the dashboard", () => {
  beforeAll(async () => {
    [browser, shop, project] = await Promise.all([startBrowser(), startShop(), makeFolder("resume-page")]);
    await mkdir(join(project.path, "tasks"));
    await linkHoldfast(project.path);
    await write(source("shelf-1", `throw new AbortTaskRunError("no such shelf");`));
    const data = join(project.path, "data");
    const env = { SHOP_URL: shop.url };
    holdfast = await startHoldfast({ project: project.path, tasks: "tasks", data, env });
  });
  afterAll(async () => {
    await browser?.close();
    await holdfast?.stop();
    await shop?.close();
    await project?.remove();
  });

  test("shows what resuming would do before it does it, and asks about a changed input of what has happened", async () => {
    const id = await holdfast.trigger("ship", { order: 1 });
    expect(await holdfast.finished(id)).toMatchObject({ status: "FAILED" });
    await edit(source("shelf-2", `return await ask("/send/1");`));
    const page = await open(`/runs/${id}`);
    await page.getByRole("button", { name: "Resume …" }).click();
    const plan = page.getByRole("region", { name: "Plan" });
    await plan.getByText("to be decided").waitFor();
    // Nothing has been done yet.
    expect([askedFor("/shelf-2"), (await holdfast.run(id)).status]).toEqual([0, "FAILED"]);
    await plan.getByRole("button", { name: "Keep what is recorded" }).first().click();
    await plan.getByText("to be decided").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Resume the run" }).click();
    await page.getByRole("heading").getByText("COMPLETED").waitFor();
    expect(["/order/1", "/shelf-1", "/shelf-2", "/send/1"].map(askedFor)).toEqual([1, 1, 0, 1]);
    await page.context().close();
  });

  test("resumes all dead letters of a list by their plans, in groups; those that need a decision are left", async () => {
    await edit(source("shelf-7", `throw new AbortTaskRunError("no such shelf");`));
    const stuck = await holdfast.trigger("ship", { order: 70 });
    await holdfast.finished(stuck);
    await edit(source("shelf-8", `throw new AbortTaskRunError("no such shelf");`));
    const ids = [];
    for (const order of [81, 82, 83]) ids.push(await holdfast.trigger("ship", { order }));
    await Promise.all(ids.map((id) => holdfast.finished(id)));
    await edit(source("shelf-8", `return await ask("/send/8");`));
    const page = await open("/runs");
    expect(await page.getByRole("button", { name: "Resume these …" }).count()).toBe(0);
    await page.getByRole("link", { name: "Dead letters" }).click();
    await page.getByRole("button", { name: "Resume these …" }).click();
    const plans = page.getByRole("region", { name: "Plans" });
    await plans.getByText("3 runs").waitFor();
    await plans.getByText("Something has to be decided").waitFor();
    expect(await plans.getByRole("checkbox", { name: "1 run" }).isDisabled()).toBe(true);
    // Nothing has been done yet.
    expect(askedFor("/send/8")).toBe(0);
    await plans.getByRole("checkbox", { name: "3 runs" }).uncheck();
    expect(await page.getByRole("button", { name: "Resume 0 runs" }).isDisabled()).toBe(true);
    await page.evaluate(axe.source);
    const { violations } = (await page.evaluate(
      "axe.run(document.querySelector('dialog'))",
    )) as axe.AxeResults;
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    await plans.getByRole("checkbox", { name: "3 runs" }).check();
    await page.getByRole("button", { name: "Resume 3 runs" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    for (const id of ids) expect(await holdfast.finished(id)).toMatchObject({ status: "COMPLETED" });
    expect([askedFor("/order/81"), askedFor("/shelf-8"), askedFor("/send/8")]).toEqual([1, 3, 3]);
    expect((await holdfast.run(stuck)).status).toBe("FAILED");
    await page.context().close();
  });

  test("forks a run from one of its checkpoints: what stands behind it is made again, in a run of its own", async () => {
    await edit(source("shelf-3", `return await ask("/send/2");`));
    const id = await holdfast.trigger("ship", { order: 2 });
    await holdfast.finished(id);
    const page = await open(`/runs/${id}`);
    await page.getByRole("button", { name: /fetch.*order\/2/ }).click();
    await page.getByRole("button", { name: "Fork from here …" }).click();
    await page.getByRole("button", { name: "Start the fork" }).click();
    await page.getByText("up to record").waitFor();
    await page.getByRole("heading").getByText("COMPLETED").waitFor();
    expect(["/order/2", "/shelf-3", "/send/2"].map(askedFor)).toEqual([1, 2, 2]);
    await page.context().close();
  });
});
