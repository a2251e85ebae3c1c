/**
 * What the functions of a synthesized stack may do: the statements of their roles, read from the templates in CDK's folder.
 *
 * Never:     leaves a statement out: what stands in no role that a function has is not asked for here.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { UsageError } from "./failure.ts";

const oneOrMore = z.union([z.string(), z.array(z.string())]);
const statementForm = z.object({
  Sid: z.string().optional(),
  Effect: z.enum(["Allow", "Deny"]),
  Action: oneOrMore,
  Resource: z.unknown(),
  Condition: z.unknown().optional(),
});
const documentForm = z.object({ Statement: z.array(statementForm) });
const policiesForm = z.array(z.object({ PolicyDocument: documentForm })).default([]);
const templateForm = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
});

/** A statement as IAM has it; resources are CloudFormation's references where the template has them. */
type Statement = z.infer<typeof statementForm>;

/** What one function may do. */
export interface FunctionPolicy {
  readonly stack: string;
  /** Logical id of the function. */
  readonly function: string;
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

/** `OrdersTable` of a reference, and what is put behind it. */
export function resourceText(resource: unknown): string {
  if (typeof resource === "string") return resource;
  if (Array.isArray(resource)) return resource.map(resourceText).join(", ");
  const {
    Ref,
    "Fn::GetAtt": attribute,
    "Fn::Join": joined,
  } = (resource ?? {}) as {
    Ref?: string;
    "Fn::GetAtt"?: [string, string];
    "Fn::Join"?: [string, unknown[]];
  };
  if (joined !== undefined) return joined[1].map(resourceText).join(joined[0]);
  return Ref ?? attribute?.[0] ?? JSON.stringify(resource);
}

/** The policies of every function in the templates of a folder. @throws UsageError where there is none */
export async function policiesIn(folder: string): Promise<FunctionPolicy[]> {
  const files = await readdir(folder).catch(() => [] as string[]);
  const templates = files.filter((file) => file.endsWith(".template.json")).sort();
  if (templates.length === 0)
    throw new UsageError(`There is no template in "${folder}".`, "Make one first: npx cdk synth.");
  const all = templates.map(async (file) => {
    const { Resources } = templateForm.parse(JSON.parse(await readFile(join(folder, file), "utf8")));
    return functionPolicies(file.replace(/\.template\.json$/, ""), Resources);
  });
  return (await Promise.all(all)).flat();
}

type Resources = z.infer<typeof templateForm>["Resources"];

function functionPolicies(stack: string, resources: Resources): FunctionPolicy[] {
  return Object.entries(resources).flatMap(([id, { Type, Properties }]) => {
    if (Type !== "AWS::Lambda::Function") return [];
    const Statement = statementsOf(resources, resourceText(Properties.Role));
    return [{ stack, function: id, Version: "2012-10-17" as const, Statement }];
  });
}

/** Inline ones, and those of the policies that name the role. */
function statementsOf(resources: Resources, role: string): Statement[] {
  const inline = policiesForm.parse(resources[role]?.Properties.Policies ?? []);
  const attached = Object.values(resources).flatMap(({ Type, Properties }) => {
    const roles = Array.isArray(Properties.Roles) ? Properties.Roles.map(resourceText) : [];
    return Type === "AWS::IAM::Policy" && roles.includes(role)
      ? [documentForm.parse(Properties.PolicyDocument)]
      : [];
  });
  return [...inline.map(({ PolicyDocument }) => PolicyDocument), ...attached].flatMap(
    ({ Statement }) => Statement,
  );
}
