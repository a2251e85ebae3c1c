/**
 * The browser in which the page is tested: Debian's Chromium, or the one that CHROMIUM names.
 *
 * Never: downloads one. Without a browser these tests are left out, with a word; where CI is set that is an error.
 */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const found = [process.env.CHROMIUM ?? "", ...places].find((path) => path !== "" && existsSync(path));

if (found === undefined) {
  const what = `There is no Chromium at ${places.join(", ")}, and CHROMIUM names none: the page is not tested in a browser.`;
  if (process.env.CI !== undefined && process.env.CI !== "") {
    throw new Error(`${what} Install it: apt-get install chromium.`);
  }
  process.stderr.write(`\n${what}\n`);
}

/** Is there a browser? */
export const hasBrowser = found !== undefined;

/** Starts the browser. */
export function startBrowser(): Promise<Browser> {
  // As root, as in a container, Chromium starts without its sandbox only. What it opens here is our own page.
  return chromium.launch({
    ...(found === undefined ? {} : { executablePath: found }),
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
}
