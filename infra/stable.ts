/**
 * What happens to the resources that hold something when the stack changes: nothing.
 *
 * Owns:      the logical ids of table, queues, secret, bucket and dispatcher, and the removal policy of what holds data.
 * Invariant: such an id is made of the construct's own id and the resource's name alone. CloudFormation replaces a
 *            resource whose logical id has changed: the runs would be gone.
 */
import { CfnResource, type RemovalPolicy } from "aws-cdk-lib";
import type { Construct } from "constructs";

/** The lasting logical id of a resource. */
export const lastingId = (owner: Construct, name: string): string =>
  `${owner.node.id.replace(/[^A-Za-z0-9]/g, "")}${name}`;

/** Gives a resource its lasting logical id. */
export function named<T extends Construct>(owner: Construct, name: string, resource: T): T {
  const cfn = resource.node.defaultChild;
  if (!(cfn instanceof CfnResource)) throw new Error(`${name} is no resource of CloudFormation.`);
  cfn.overrideLogicalId(lastingId(owner, name));
  return resource;
}

/** Gives a resource its lasting logical id, and says what becomes of it when the stack goes. */
export function lasting<T extends Construct>(
  owner: Construct,
  name: string,
  resource: T,
  removalPolicy: RemovalPolicy,
): T {
  const cfn = named(owner, name, resource).node.defaultChild as CfnResource;
  cfn.applyRemovalPolicy(removalPolicy);
  return resource;
}
