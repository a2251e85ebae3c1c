/** What the dashboard in Chromium shows of a run's secrets: versions and masks, never a value. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Holdfast, secretKey, startHoldfast } from "../world/holdfast.ts";
import { cli, type Folder, makeFolder, root } from "../world/place.ts";
import { hasBrowser, startBrowser } from "./chromium.ts";
import { openPage, signIn, type WatchedPage } from "./page.ts";

const value = "a canary of 21 letters";
let browser: Browser;
let data: Folder;
let holdfast: Holdfast;
let watched: WatchedPage;

function secrets(args: readonly string[], input = ""): void {
  const done = spawnSync(process.execPath, [cli, "secrets", ...args, "--data", data.path], { input });
  if (done.status !== 0) throw new Error(done.stderr.toString());
}

describe.skipIf(!hasBrowser)("the page", () => {
  beforeAll(async () => {
    [browser, data] = await Promise.all([startBrowser(), makeFolder("dashboard-secrets")]);
    secrets(["set", "CANARY_007"], value);
    const project = join(root, "test", "canaries");
    holdfast = await startHoldfast({ project, tasks: "tasks", data: data.path, command: "serve" });
    watched = await openPage(browser, holdfast.url);
  });
  afterAll(async () => {
    await browser?.close();
    await holdfast?.stop();
    await data?.remove();
  });

  test("of a run shows the version of its secrets, which one was gone, and masks in place of values", async () => {
    const { page } = watched;
    const lost = await holdfast.trigger("canary-loser", 7);
    await holdfast.finished(lost);
    // Long enough for two commands, on a busy machine too.
    const waits = await holdfast.trigger("canary-child", { key: "", within: { header: "" }, seconds: 15 });
    await expect.poll(async () => (await holdfast.run(waits)).status).toBe("WAITING");
    secrets(["set", "CANARY_007"], "another canary");
    secrets(["revoke", "1"]);
    await holdfast.finished(waits);
    await page.goto(`/runs/${lost}`);
    await signIn(page, secretKey);
    await page.getByText("401 for [secret CANARY_007]").first().waitFor();
    expect(await page.content()).not.toContain(value);
    await page.goto(`/runs/${waits}`);
    await page.getByText("in place of version 1, which was gone").waitFor();
    expect(watched.wrongs).toEqual([]);
  });

  test("of secrets shows their names and versions, and no value", async () => {
    const { page } = watched;
    await page.goto("/secrets");
    await page.getByRole("row").filter({ hasText: "CANARY_007" }).getByText("set by a command").waitFor();
    await page.getByText("current: new runs begin on it").waitFor();
    expect(await page.content()).not.toMatch(/another canary|a canary of/);
    expect(watched.wrongs).toEqual([]);
  });
});
