/** CloudFormation, as far as the command line asks it: what a deployed stack tells of itself. */
import { text } from "./json.ts";
import type { Backend } from "./proxy.ts";
import { failure, type Reply } from "./replies.ts";
import type { Template } from "./template.ts";

const escaped = (value: string): string => value.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** Answers for the stack of this template. */
export const stacksBackend =
  (template: () => Template): Backend =>
  ({ parameters }) => {
    const { place, outputs } = template();
    const name = text(parameters.StackName, "StackName");
    if (name !== place.stack) {
      const message = `Stack with id ${name} does not exist`;
      return Promise.resolve(failure("cloudformation", 400, "ValidationError", message));
    }
    return Promise.resolve(described(name, outputs));
  };

function described(name: string, outputs: Template["outputs"]): Reply {
  const members = [...outputs].map(([key, value]) => {
    return `<member><OutputKey>${key}</OutputKey><OutputValue>${escaped(String(value))}</OutputValue></member>`;
  });
  const stack = `<StackName>${name}</StackName><StackStatus>UPDATE_COMPLETE</StackStatus><Outputs>${members.join("")}</Outputs>`;
  const body = `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member>${stack}</member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
  return { status: 200, headers: { "content-type": "text/xml" }, body: Buffer.from(body) };
}
