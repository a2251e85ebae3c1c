/** Who may call without a key. */
import { ArnFormat, Names, Stack, Token } from "aws-cdk-lib";
import { Grant, type IGrantable, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { InfraError } from "./problems.ts";

/**
 * The name of the api function, the only one that is fixed: its settings name the dispatcher's version, and the dispatcher's
 * name it, so CloudFormation can make up neither. It is made of the stack's name and the construct's.
 */
export const apiNameOf = (owner: Construct): string =>
  `${Names.uniqueResourceName(owner, { maxLength: 52, separator: "-" })}-ApiFunction`;

/** Tasks look at runs, cancel and replay them as callers do. */
export const callApi = (owner: Construct): PolicyStatement =>
  new PolicyStatement({
    sid: "CallApi",
    actions: ["lambda:InvokeFunction"],
    resources: [
      Stack.of(owner).formatArn({
        service: "lambda",
        resource: "function",
        resourceName: apiNameOf(owner),
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    ],
  });

/** Lets a caller invoke the api. @throws InfraError HF601 for a role of another account */
export function letInvoke(api: LambdaFunction, grantee: IGrantable): Grant {
  const theirs = grantee.grantPrincipal.principalAccount;
  const { account } = Stack.of(api);
  const isKnown = theirs !== undefined && !Token.isUnresolved(theirs) && !Token.isUnresolved(account);
  // CDK takes such a grant without a word, and writes nothing: a policy of another account is not this stack's to write.
  if (isKnown && theirs !== account) {
    const fix = "Grant a role of this account, and let the other account's role assume it.";
    throw new InfraError(
      "HF601",
      `grantTrigger was given a role of the account ${theirs}; this stack is in ${account}.`,
      fix,
    );
  }
  const grant = Grant.addToPrincipal({
    grantee,
    actions: ["lambda:InvokeFunction"],
    resourceArns: [api.functionArn],
  });
  grant.assertSuccess();
  return grant;
}
