/** A page of the browser that is watched: what it logs, what it refuses, what it asks other hosts for. */
import type { Browser, Page } from "playwright-core";

/** A page, and all that went wrong on it. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors of scripts, violations of the policy, requests to other hosts. */
  readonly wrongs: readonly string[];
}

/** A 401 is how the page learns that nobody is signed in; the others are what the tests ask for. */
const expected = /Failed to load resource: the server responded with a status of (40[149]|422|501)/;

/** Opens a page with cookies of its own. */
export async function openPage(
  browser: Browser,
  url: string,
  scheme: "light" | "dark" = "light",
): Promise<WatchedPage> {
  const context = await browser.newContext({ baseURL: url, colorScheme: scheme, reducedMotion: "reduce" });
  const page = await context.newPage();
  const wrongs: string[] = [];
  page.on("pageerror", (error) => wrongs.push(`thrown: ${error.message}`));
  page.on("dialog", async (dialog) => {
    wrongs.push(`dialog: ${dialog.message()}`);
    await dialog.dismiss();
  });
  page.on("console", (message) => {
    const isBad = message.type() === "error" || message.type() === "warning";
    if (isBad && !expected.test(message.text())) wrongs.push(`${message.type()}: ${message.text()}`);
  });
  page.on("request", (request) => {
    const asked = new URL(request.url());
    if (asked.protocol !== "data:" && asked.origin !== url) wrongs.push(`asked for ${request.url()}`);
  });
  return { page, wrongs };
}

/** Signs in with the key. */
export async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel("Secret key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
}
