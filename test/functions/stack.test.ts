/** Which project of a stack is meant with `--stack`, on a CloudFormation that answers as the real one does. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findProject, projectsIn } from "../../functions/aws/stack.ts";

const outputsOf = (id: string) => ({
  [`${id}Url`]: `https://${id}.example`,
  [`${id}ApiFunctionName`]: `${id}-api`,
  [`${id}SecretArn`]: `arn:aws:secretsmanager:eu-central-1:0:secret:${id}`,
});

const stacks: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Shop: { ...outputsOf("Orders"), QueueUrl: "https://sqs.example" },
  Both: { ...outputsOf("Orders"), ...outputsOf("MailShots") },
  Other: { QueueUrl: "https://sqs.example" },
};

const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => {
    body += chunk;
  });
  request.on("end", () => {
    const name = new URLSearchParams(body).get("StackName") ?? "";
    const outputs = stacks[name];
    const error = (code: string, text: string) =>
      `<ErrorResponse><Error><Code>${code}</Code><Message>${text}</Message></Error></ErrorResponse>`;
    const members = Object.entries(outputs ?? {}).map(
      ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
    );
    const found = `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>${name}</StackName><Outputs>${members.join("")}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
    const [status, text] =
      name === "Secret"
        ? [403, error("AccessDenied", "User: me is not authorized to perform: cloudformation:DescribeStacks")]
        : outputs === undefined
          ? [400, error("ValidationError", `Stack with id ${name} does not exist`)]
          : [200, found];
    response.writeHead(status, { "content-type": "text/xml" }).end(text);
  });
});
beforeAll(() => new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready)));
afterAll(() => void server.close());

const find = (asked: string) =>
  findProject(asked, {
    region: "eu-central-1",
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "s3cr3t" },
  });

test("the only one of a stack is meant by the stack's name", async () => {
  expect(await find("Shop")).toEqual({
    id: "Orders",
    url: "https://Orders.example",
    apiFunction: "Orders-api",
    secret: "arn:aws:secretsmanager:eu-central-1:0:secret:Orders",
  });
});

test("one of several is named behind the stack; without that, they are told", async () => {
  expect(await find("Both/MailShots")).toMatchObject({ id: "MailShots" });
  await expect(find("Both")).rejects.toThrow(/HF504 .*several projects: Both\/Orders, Both\/MailShots/);
  await expect(find("Both/Nobody")).rejects.toThrow(/no project "Nobody".*Both\/Orders/);
});

test("a stack without one, one that is not there, and one that must not be looked up are told apart", async () => {
  await expect(find("Other")).rejects.toThrow(/HF504 The stack Other has no project/);
  await expect(find("Nowhere")).rejects.toThrow(/HF504 There is no stack Nowhere here\. .*AWS_REGION/);
  await expect(find("Secret")).rejects.toThrow(/HF515 .*cloudformation:DescribeStacks/);
});

test("outputs of other things tell of no project", () => {
  expect(projectsIn({ ApiFunctionName: "x", OrdersApiFunctionName: "y", OrdersUrl: "z" })).toEqual([]);
});
