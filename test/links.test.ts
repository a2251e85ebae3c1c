/** A link within these documents leads somewhere: to a file that is there, and to a heading that it has. */
import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import GithubSlugger from "github-slugger";
import { expect, test } from "vitest";
import { readFiles } from "./tidy/source.ts";
import { root } from "./world/place.ts";

const documents = readFiles(root).filter(
  ({ path }) => path.endsWith(".md") && !/^(test|bench\/peers\/node_modules)\//.test(path),
);

/** Code is no text: what looks like a link in it is none. */
const withoutCode = (text: string): string =>
  text.replace(/^ *```[\s\S]*?^ *```$/gm, "").replace(/`[^`\n]*`/g, "");

/** The places of a page that a link can name: its headings, as GitHub names them, and anchors by hand. */
function placesOf(text: string): Set<string> {
  const slugger = new GithubSlugger();
  const prose = text.replace(/^ *```[\s\S]*?^ *```$/gm, "");
  const headings = [...prose.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) =>
    slugger.slug(heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[\\*]/g, "")),
  );
  const anchors = [...prose.matchAll(/<a id="([^"]+)">/g)].map(([, id = ""]) => id);
  return new Set([...headings, ...anchors]);
}

const places = new Map(documents.map(({ path, text }) => [path, placesOf(text)]));

/** What is wrong with a link; nothing where it leads somewhere. */
function fault(from: string, target: string): string | undefined {
  const [file = "", place] = target.split("#");
  const path = file === "" ? from : posix.join(posix.dirname(from), file);
  if (!existsSync(join(root, path))) return `${from} links to ${path}, which is not there`;
  if (place === undefined || places.get(path)?.has(place)) return undefined;
  return `${from} links to ${path}#${place}, which has no such heading`;
}

test("every link within the documents leads to a file and a heading that are there", () => {
  const links = documents.flatMap(({ path, text }) =>
    [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = ""]) => target)
      .filter((target) => !/^(https?|mailto):/.test(target))
      .map((target) => fault(path, target)),
  );
  expect(links.length).toBeGreaterThan(500);
  expect(links.filter((found) => found !== undefined)).toEqual([]);
});
