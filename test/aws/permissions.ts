/** Who besides the functions may invoke a function: the template's `AWS::Lambda::Permission`s. */
import { matches } from "./iam.ts";
import { text } from "./json.ts";
import type { Template } from "./template.ts";

/** Throws unless the template lets a service invoke a function for `sourceArn`, in Lambda's words. */
export function demandPermission(
  template: Template,
  service: string,
  functionArn: string,
  sourceArn: string,
): void {
  const allowed = template.all("AWS::Lambda::Permission").some(({ id, properties }) => {
    const { Action, FunctionName, Principal, SourceArn } = properties;
    if (Action !== "lambda:InvokeFunction")
      throw new Error(`${id} allows ${Action}, which the bench does not know.`);
    if (SourceArn === undefined) throw new Error(`${id} allows ${Principal} whoever it acts for.`);
    return (
      Principal === service &&
      arnOf(template, text(FunctionName, id)) === functionArn &&
      matches(text(SourceArn, id), sourceArn)
    );
  });
  if (allowed) return;
  throw new Error(
    `${service} is not authorized to perform: lambda:InvokeFunction on resource: ${functionArn} for ${sourceArn}`,
  );
}

function arnOf({ place }: Template, reference: string): string {
  return reference.startsWith("arn:")
    ? reference
    : `arn:aws:lambda:${place.region}:${place.account}:function:${reference}`;
}
