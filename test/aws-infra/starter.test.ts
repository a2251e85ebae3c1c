/** The CDK app of a project that `holdfast init` made. */
import { execFileSync } from "node:child_process";
import { cp, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { linkHoldfast, makeFolder, root } from "../world/place.ts";

test("the CDK app of a new project synthesizes, with its task in the bundle", async () => {
  const folder = await makeFolder("starter");
  await cp(join(root, "cli", "template"), folder.path, { recursive: true });
  await linkHoldfast(folder.path);
  for (const name of ["aws-cdk-lib", "constructs"])
    await symlink(join(root, "node_modules", name), join(folder.path, "node_modules", name), "junction");
  const env = { ...process.env, CDK_OUTDIR: join(folder.path, "cdk.out") };
  execFileSync(process.execPath, ["infra/app.mjs"], { cwd: folder.path, env, stdio: "pipe" });
  const template = await readFile(join(folder.path, "cdk.out", "Tasks.template.json"), "utf8");
  const { Resources } = JSON.parse(template) as {
    readonly Resources: Readonly<Record<string, { readonly Type: string }>>;
  };
  const types = Object.values(Resources).map(({ Type }) => Type);
  expect(types.filter((type) => type === "AWS::DynamoDB::Table")).toHaveLength(1);
  expect(types.filter((type) => type === "AWS::ApiGatewayV2::Api")).toHaveLength(1);
  await folder.remove();
});
