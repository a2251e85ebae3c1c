/** The documents tell the truth: their code compiles, their promises are tests, their diagram is the table. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { parseSync } from "oxc-parser";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allStatuses, isFinished, transitions } from "../engine/run.ts";
import { type Node, readFiles, treeOf, walk } from "./tidy/source.ts";
import { command } from "./world/holdfast.ts";
import { type Folder, linkHoldfast, makeFolder, root } from "./world/place.ts";

const everything = readFiles(root);
const documents = everything.filter(({ path }) => /^(docs\/.*|examples\/.*|[A-Z]+)\.md$/.test(path));

interface Block {
  /** Document and line. */
  readonly at: string;
  readonly text: string;
  readonly language: string;
}

/** The TypeScript blocks of a document. */
function blocksOf({ path, text }: { readonly path: string; readonly text: string }): Block[] {
  return [...text.matchAll(/^ *```(tsx?)\n([\s\S]*?)^ *```$/gm)].map((match) => ({
    at: `${path}:${text.slice(0, match.index).split("\n").length + 1}`,
    text: match[2] ?? "",
    language: match[1] ?? "ts",
  }));
}

const blocks = documents.flatMap(blocksOf);
/** A block that imports stands for a whole file (its first line may say which); one that does not is a fragment. */
const isWhole = ({ text }: Block): boolean => /^import /m.test(text);

describe("code in the documents", () => {
  let folder: Folder;
  beforeAll(async () => {
    folder = await makeFolder("docs");
    await linkHoldfast(folder.path);
    await mkdir(join(folder.path, "node_modules", "@types"));
    for (const name of ["@types/node", "@types/react", "csstype", "aws-cdk-lib", "constructs", "zod"]) {
      await symlink(join(root, "node_modules", name), join(folder.path, "node_modules", name));
    }
  });
  afterAll(() => folder?.remove());

  test("blocks that stand for a whole file compile, and so do the examples of doc comments", async () => {
    const whole = blocks.filter(isWhole);
    const names = whole.map(
      ({ text, language }, i) => /^\/\/ (\S+\.ts)\n/.exec(text)?.[1] ?? `block-${i}.${language}`,
    );
    await mkdir(join(folder.path, "tasks"));
    await Promise.all(whole.map(({ text }, i) => writeFile(join(folder.path, names[i] ?? ""), text)));
    const compilerOptions = {
      target: "es2023",
      lib: ["es2023", "dom", "dom.iterable", "esnext.disposable"],
      module: "nodenext",
      types: ["node"],
      jsx: "react-jsx",
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
    };
    await writeFile(join(folder.path, "package.json"), `{ "type": "module" }`);
    await writeFile(join(folder.path, "tsconfig.json"), JSON.stringify({ compilerOptions, files: names }));
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, "-p", folder.path]).catch(
      (error) => error,
    );
    expect(named(stdout, names, whole)).toBe("");
  });
  test("blocks that define tasks can be built", async () => {
    // Those of the reference are the doc comments': made to be read one at a time, they share their tasks' ids with the guide.
    const defining = blocks.filter(
      (block) =>
        isWhole(block) && /\b(t|schemaT)ask\(\{/.test(block.text) && !block.at.startsWith("docs/reference/"),
    );
    await mkdir(join(folder.path, "built"));
    await Promise.all(
      defining.map(({ text }, i) => writeFile(join(folder.path, "built", `task-${i}.ts`), text)),
    );
    const { code, output } = await command(folder.path, ["build", "--dir", "built", "--out", "out"]);
    expect(output).toContain("0 error(s), 0 warning(s)");
    expect(code).toBe(0);
  });
  test("fragments parse", () => {
    const broken = blocks
      .filter((block) => !isWhole(block))
      .flatMap(({ at, text }) => {
        const { errors } = parseSync("fragment.ts", `async () => {\n${text}\n}`);
        return errors.map(({ message }) => `${at}: ${message}`);
      });
    expect(broken).toEqual([]);
  });
});

/** The compiler's words, with the document's place for that of the file that the block was written to. */
function named(output: string, names: readonly string[], whole: readonly Block[]): string {
  return names.reduce((text, name, i) => text.replaceAll(name, `${whole[i]?.at} `), output);
}

test("every file that a document names is there", () => {
  const folders = "sdk|engine|transform|functions|local|cli|test|docs|bench|examples";
  const path = new RegExp(`(?:\`|\\]\\()((?:${folders})/[\\w./-]*)[\`)]`, "g");
  const missing = documents.flatMap((document) =>
    [...document.text.matchAll(path)]
      .map((match) => match[1] ?? "")
      .filter((named) => !existsSync(join(root, named)))
      .map((named) => `${document.path} names ${named}`),
  );
  expect(missing).toEqual([]);
});

/** All titles of tests. */
function titles(): Set<string> {
  const found = new Set<string>();
  for (const file of everything.filter(({ path }) => /^test\/.*\.ts$/.test(path) && !/\/cases\//.test(path)))
    walk(treeOf(file), (node) => {
      const title = titleOf(node);
      if (title !== undefined) found.add(title);
    });
  return found;
}

function titleOf(node: Node): string | undefined {
  if (node.type !== "CallExpression") return undefined;
  const callee = node.callee as Node;
  const [title] = node.arguments as Node[];
  const isTest = callee.name === "test" || callee.name === "it";
  return isTest && typeof title?.value === "string" ? title.value : undefined;
}

/** The entries of a list under a heading. */
function listUnder(heading: string, text: string): string[] {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  return [...section.matchAll(/^- ((?:.+\n(?: {2}.+\n)*))/gm)].map((match) =>
    (match[1] ?? "").replace(/\s+/g, " ").trim(),
  );
}

describe("promises", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  test("every promise of the README is the title of a test", () => {
    const promised = listUnder("Promises", readme).map((line) => line.replace(/\.$/, ""));
    const tested = titles();
    expect(promised.length).toBeGreaterThan(5);
    expect(promised.filter((title) => !tested.has(title))).toEqual([]);
  });
  test("the guarantee is given in these words, and no others", () => {
    const words =
      "recorded awaits never run again, unless the author's code rejects their result; an interrupted await runs again with the same idempotency key; no run waits longer than 1 second past its wake time";
    expect(readme.replace(/\s+/g, " ").toLowerCase()).toContain(words);
    expect(documents.filter(({ text }) => /exactly.once/i.test(text)).map(({ path }) => path)).toEqual([]);
  });
});

/** The state machine as a Mermaid diagram; ARCHITECTURE.md has this very text. */
function diagram(): string {
  const rows = allStatuses.flatMap((status) => {
    const events = Object.entries(transitions[status]);
    return [...new Set(events.map(([, target]) => target))].map((target) => {
      const names = events.filter(([, to]) => to === target).map(([event]) => event);
      return `  ${status} --> ${target}: ${names.join(", ")}`;
    });
  });
  const ends = allStatuses.filter(isFinished).map((status) => `  ${status} --> [*]`);
  return [
    "```mermaid",
    "stateDiagram-v2",
    "  [*] --> QUEUED",
    "  [*] --> DELAYED",
    ...rows,
    ...ends,
    "```",
  ].join("\n");
}

test("the diagram in ARCHITECTURE.md is the table of engine/run.ts", () => {
  const text = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
  expect(/```mermaid[\s\S]*?```/.exec(text)?.[0]).toBe(diagram());
});
