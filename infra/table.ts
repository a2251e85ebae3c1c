/**
 * The table: heads, payloads, journals, inboxes and idempotency keys of all runs. The truth.
 *
 * Owns:      its keys and indexes, as `functions/aws/keys.ts` uses them (a test compares the two), and who may do what.
 * Invariant: on demand, restorable to any second of the last 35 days, and neither deleted nor replaced by a deployment.
 */
import { RemovalPolicy } from "aws-cdk-lib";
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from "aws-cdk-lib/aws-dynamodb";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import type { Settings } from "./props.ts";
import { lasting } from "./stable.ts";

/** Names of the indexes. */
const indexes = { wake: "wake", runs: "runs", batches: "batches" } as const;

/** Makes the table. */
export function makeTable(owner: Construct, { removalPolicy, kmsKey }: Settings): Table {
  const table = new Table(owner, "Table", {
    partitionKey: { name: "pk", type: AttributeType.STRING },
    sortKey: { name: "sk", type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: removalPolicy === RemovalPolicy.RETAIN,
    timeToLiveAttribute: "ttl",
    ...(kmsKey && { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey: kmsKey }),
  });
  // Sparse: only what waits for a time is in it. Sharded: one key would hold 1,000 writes a second, and then the table.
  table.addGlobalSecondaryIndex({
    indexName: indexes.wake,
    partitionKey: { name: "wakeShard", type: AttributeType.STRING },
    sortKey: { name: "wakeAt", type: AttributeType.NUMBER },
    projectionType: ProjectionType.KEYS_ONLY,
  });
  table.addGlobalSecondaryIndex({
    indexName: indexes.runs,
    partitionKey: { name: "listShard", type: AttributeType.STRING },
    sortKey: { name: "createdAt", type: AttributeType.NUMBER },
    projectionType: ProjectionType.KEYS_ONLY,
  });
  // Sparse: runs of batches that were triggered by themselves.
  table.addGlobalSecondaryIndex({
    indexName: indexes.batches,
    partitionKey: { name: "batchId", type: AttributeType.STRING },
    sortKey: { name: "batchedAt", type: AttributeType.NUMBER },
    projectionType: ProjectionType.KEYS_ONLY,
  });
  return lasting(owner, "Table", table, removalPolicy);
}

/** For the dispatcher: a run that has its turn is no longer parked. It deletes nothing else, and nothing of a run. */
export function endTurns(table: Table): PolicyStatement {
  return new PolicyStatement({
    sid: "EndTurns",
    actions: ["dynamodb:DeleteItem"],
    resources: [table.tableArn],
    conditions: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["queue#*"] } },
  });
}

/** For who erases runs: what there is of one, its idempotency key, and what says which large values it has. */
export function eraseRuns(table: Table): PolicyStatement {
  return new PolicyStatement({
    sid: "EraseRuns",
    actions: ["dynamodb:DeleteItem"],
    resources: [table.tableArn],
    conditions: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["run#*", "key#*", "value#*"] } },
  });
}

/** For who goes through all runs: their heads and parts, where it stands, and that a dead letter is given up. */
export function sweepRuns(table: Table): PolicyStatement {
  const actions = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"];
  return new PolicyStatement({ sid: "SweepRuns", actions, resources: [table.tableArn] });
}

/** For who only looks at runs. */
export function readRuns(table: Table): PolicyStatement {
  const actions = ["dynamodb:GetItem", "dynamodb:Query"];
  return new PolicyStatement({ sid: "ReadRuns", actions, resources: [table.tableArn] });
}

/** For what starts runs and works on them. */
export function workOnRuns(table: Table): PolicyStatement {
  const actions = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"];
  return new PolicyStatement({ sid: "WorkOnRuns", actions, resources: [table.tableArn] });
}

/** For who has to know which runs are due, or which there are: an index has their ids, and the heads are read then. */
export function findRuns(table: Table, ...names: readonly (keyof typeof indexes)[]): PolicyStatement[] {
  const resources = names.map((name) => `${table.tableArn}/index/${indexes[name]}`);
  return [
    new PolicyStatement({ sid: "FindRuns", actions: ["dynamodb:Query"], resources }),
    new PolicyStatement({
      sid: "ReadHeads",
      actions: ["dynamodb:BatchGetItem"],
      resources: [table.tableArn],
    }),
  ];
}
