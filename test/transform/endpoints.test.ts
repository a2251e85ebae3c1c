/** Endpoints of webhooks across the files of a project. */
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type Bundle, bundle } from "../../transform/bundle.ts";
import { codes, project, removeFolders, stubPackage } from "./project.ts";

afterAll(removeFolders);

const built = async (files: Record<string, string>): Promise<Bundle> =>
  bundle({ dir: join(await project(files), "tasks"), packageRoot: await stubPackage() });

test("a webhook for an endpoint that no file defines; one that another file defines is none", async () => {
  const hook = (endpoint: string) =>
    `import { webhook } from "holdfast";\nexport const a = webhook({ id: "a", endpoint: "${endpoint}", onEvent: async () => {} });`;
  const shared = `import { webhooks } from "holdfast";
    export const payments = webhooks.endpoint.define({ id: "payments", source: webhooks.stripe() });`;
  const wrong = await built({ "tasks/a.ts": hook("payment"), "tasks/b.ts": shared });
  expect(codes(wrong)).toEqual(["HF121 tasks/a.ts:2"]);
  expect(wrong.problems[0]?.message).toContain('the endpoint "payment", which no file defines');
  expect(wrong.problems[0]?.fix).toContain('There are: "payments".');
  const right = await built({ "tasks/a.ts": hook("payments"), "tasks/b.ts": shared });
  expect([right.ok, codes(right)]).toEqual([true, []]);
});
