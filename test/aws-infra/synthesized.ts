/** A stack put together for a test, without building any code. */
import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { Holdfast, type HoldfastProps } from "../../infra/index.ts";

/** An app that bundles nothing. */
export const quickApp = (outdir?: string): App =>
  new App({ context: { "aws:cdk:bundling-stacks": [] }, ...(outdir === undefined ? {} : { outdir }) });

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** The template of a stack with one project. */
export function templateOf(props: Partial<HoldfastProps> = {}, id = "Orders"): Template {
  const stack = new Stack(quickApp(), "Stack");
  new Holdfast(stack, id, { tasks: "examples/order/tasks", ...props });
  return Template.fromStack(stack);
}

/** Its resources, by logical id. */
export const resourcesOf = (template: Template): Readonly<Record<string, Resource>> =>
  template.toJSON().Resources as Readonly<Record<string, Resource>>;
