/** Watching: a bundle for each change of an input, and for each file that is added. */
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type Bundle, watchBundle } from "../../transform/bundle.ts";
import { codes, hello, project, removeFolders, stubPackage, writeFiles } from "./project.ts";

afterAll(removeFolders);

test("watching builds again when a file changes, breaks, or is added", async () => {
  const packageRoot = await stubPackage();
  const folder = await project({ "tasks/hello.ts": hello });
  const built: Bundle[] = [];
  let wake = (): void => {};
  const next = async (count: number): Promise<Bundle> => {
    while (built.length < count) await new Promise<void>((resolve) => (wake = resolve));
    return built[count - 1] as Bundle;
  };
  const watching = await watchBundle({ dir: join(folder, "tasks"), packageRoot }, (result) => {
    built.push(result);
    wake();
  });
  try {
    expect((await next(1)).ok).toBe(true);
    await writeFiles(folder, { "tasks/hello.ts": "const x = (" });
    expect(codes(await next(2))).toEqual(["HF101 tasks/hello.ts:1"]);
    await writeFiles(folder, { "tasks/hello.ts": hello.replace("Hello", "Hi") });
    expect((await next(3)).codeVersion).not.toBe(built[0]?.codeVersion);
    await writeFiles(folder, { "tasks/new.ts": hello.replaceAll(`"hello"`, `"new"`) });
    expect((await next(4)).manifest.tasks.map(({ id }) => id)).toEqual(["hello", "new"]);
  } finally {
    await watching.close();
  }
});

test("a change while a build is under way is not missed", async () => {
  const packageRoot = await stubPackage();
  for (let delayMs = 0; delayMs < 40; delayMs += 2) {
    const folder = await project({ "tasks/hello.ts": hello });
    let code = "";
    const watching = await watchBundle({ dir: join(folder, "tasks"), packageRoot }, (result) => {
      code = result.code;
    });
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await writeFiles(folder, { "tasks/hello.ts": hello.replace("Hello", "Howdy") });
    await expect.poll(() => code).toContain("Howdy");
    await watching.close();
  }
});
