/**
 * What tasks act as where some of their passes go on in Lambda and others in Fargate: two roles, and what the tasks are granted, both
 * are.
 */
import {
  type AddToPrincipalPolicyResult,
  type IPrincipal,
  type PolicyStatement,
  PrincipalPolicyFragment,
  type Role,
} from "aws-cdk-lib/aws-iam";
import { DependencyGroup } from "constructs";

/** Two roles as one principal. */
export class BothRoles implements IPrincipal {
  readonly grantPrincipal: IPrincipal = this;
  readonly assumeRoleAction = "sts:AssumeRole";
  readonly principalAccount: string | undefined;
  readonly #roles: readonly [Role, Role];

  constructor(...roles: [Role, Role]) {
    this.#roles = roles;
    this.principalAccount = roles[0].principalAccount;
  }

  /** As the policies of resources name it. */
  get policyFragment(): PrincipalPolicyFragment {
    return new PrincipalPolicyFragment({ AWS: this.#roles.map(({ roleArn }) => roleArn) });
  }

  /** Both get it. */
  addToPrincipalPolicy(statement: PolicyStatement): AddToPrincipalPolicyResult {
    const added = this.#roles.map((role) => role.addToPrincipalPolicy(statement.copy()));
    const group = new DependencyGroup();
    for (const { policyDependable } of added) if (policyDependable !== undefined) group.add(policyDependable);
    return { statementAdded: added.every((each) => each.statementAdded), policyDependable: group };
  }

  /** The same, for callers of before. */
  addToPolicy(statement: PolicyStatement): boolean {
    return this.addToPrincipalPolicy(statement).statementAdded;
  }
}
