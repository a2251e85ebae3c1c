/**
 * The policies of a template as statements: of roles, and of queues, buckets and secrets.
 *
 * Never:     takes a statement whose meaning it does not know: an action, a condition, a managed policy or a principal
 *            that is not here throws.
 */
import { type Json, type JsonObject, list, object, only, text, texts } from "./json.ts";
import type { Template } from "./template.ts";

/** One statement. */
export interface Statement {
  /** Logical id of the policy, and the place in it. */
  readonly id: string;
  /** What the template calls it: unique within a role. */
  readonly sid: string;
  readonly effect: "Allow" | "Deny";
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** True where the statement speaks of calls without TLS only. */
  readonly insecureOnly: boolean;
  /** Patterns that the partition keys of all items asked for must fit; undefined: any keys. */
  readonly leadingKeys: readonly string[] | undefined;
  /** Services through which alone a key may be used; undefined: however it is asked for. */
  readonly viaServices?: readonly string[];
  /** The cluster in which alone tasks may be started. */
  readonly cluster?: string;
  /** The service to which alone a role may be passed. */
  readonly passedTo?: string;
}

/** All statements of a template. */
export interface Statements {
  /** Identity-based statements by role name. */
  readonly ofRole: ReadonlyMap<string, readonly Statement[]>;
  /** Resource-based denies; they hold for everybody. */
  readonly denies: readonly Statement[];
}

/** Actions that a call through the proxy may need, and those that functions use without it (logs and traces). */
export const knownActions: ReadonlySet<string> = new Set([
  ...["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "ConditionCheckItem"].map(
    (name) => `dynamodb:${name}`,
  ),
  ...["BatchGetItem", "BatchWriteItem", "DescribeTable"].map((name) => `dynamodb:${name}`),
  ...["SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility"].map(
    (name) => `sqs:${name}`,
  ),
  ...["GetQueueAttributes", "GetQueueUrl"].map((name) => `sqs:${name}`),
  ...["GetSecretValue", "DescribeSecret", "PutSecretValue"].map((name) => `secretsmanager:${name}`),
  ...[
    "GetObject",
    "PutObject",
    "DeleteObject",
    "DeleteObjectVersion",
    "ListBucket",
    "AbortMultipartUpload",
  ].map((name) => `s3:${name}`),
  ...["InvokeFunction", "GetFunction", "ListVersionsByFunction", "DeleteFunction"].map(
    (name) => `lambda:${name}`,
  ),
  // Lambda's own, for a function in a network.
  ...["CreateNetworkInterface", "DescribeNetworkInterfaces", "DescribeSubnets", "DeleteNetworkInterface"].map(
    (name) => `ec2:${name}`,
  ),
  ...["AssignPrivateIpAddresses", "UnassignPrivateIpAddresses"].map((name) => `ec2:${name}`),
  "ecs:RunTask",
  "iam:PassRole",
  "kms:Decrypt",
  "kms:GenerateDataKey",
  "cloudformation:DescribeStacks",
  "logs:CreateLogStream",
  "logs:FilterLogEvents",
  "logs:PutLogEvents",
  "xray:PutSpans",
  "xray:PutSpansForIndexing",
]);

/** Reads all policies. */
export function statementsOf(template: Template): Statements {
  const ofRole = new Map<string, Statement[]>();
  for (const { id, properties } of template.all("AWS::IAM::Role")) {
    const inline = list(properties.Policies).flatMap((policy, i) =>
      identityStatements(`${id}/${i}`, object(policy, id).PolicyDocument),
    );
    ofRole.set(template.ref(id), inline);
  }
  for (const { id, properties } of template.all("AWS::IAM::Policy")) {
    for (const role of texts(properties.Roles, `${id}.Roles`)) {
      const own = ofRole.get(role);
      if (own === undefined)
        throw new Error(`${id} belongs to the role ${role}, which is not in the template.`);
      own.push(...identityStatements(id, properties.PolicyDocument));
    }
  }
  const documents = [
    ...template
      .all("AWS::SQS::QueuePolicy")
      .map(({ id, properties }) => [id, properties.PolicyDocument] as const),
    ...template
      .all("AWS::S3::BucketPolicy")
      .map(({ id, properties }) => [id, properties.PolicyDocument] as const),
    ...template
      .all("AWS::SecretsManager::ResourcePolicy")
      .map(({ id, properties }) => [id, properties.ResourcePolicy] as const),
  ];
  return { ofRole, denies: documents.flatMap(([id, document]) => resourceDenies(id, document)) };
}

function raw(id: string, document: Json | undefined): [string, JsonObject][] {
  const { Statement } = only(object(document, id), ["Statement", "Version"], id);
  return list(Statement).map((statement, i) => [`${id}[${i}]`, object(statement, id)]);
}

const identityStatements = (id: string, document: Json | undefined): Statement[] =>
  raw(id, document).map(([place, statement]) => {
    only(statement, ["Action", "Effect", "Resource", "Condition", "Sid"], place);
    return read(place, statement);
  });

/** Only denies change what a role of the same account may do; what is allowed to services is theirs. */
function resourceDenies(id: string, document: Json | undefined): Statement[] {
  return raw(id, document).flatMap(([place, statement]) => {
    only(statement, ["Action", "Effect", "Resource", "Condition", "Sid", "Principal"], place);
    const { Principal, Effect } = statement;
    const everybody = Principal === "*" || (Principal as JsonObject | undefined)?.AWS === "*";
    if (Effect === "Deny" && everybody) return [read(place, statement)];
    const service = object(Principal, place).Service;
    if (Effect === "Allow" && service !== undefined) return [];
    throw new Error(`The bench does not know what ${place} means: ${JSON.stringify(statement)}`);
  });
}

function read(id: string, statement: JsonObject): Statement {
  const effect = text(statement.Effect, `${id}.Effect`);
  if (effect !== "Allow" && effect !== "Deny") throw new Error(`${id} has the effect ${effect}.`);
  const actions = texts(statement.Action, `${id}.Action`);
  const strange = effect === "Allow" ? actions.filter((action) => !knownActions.has(action)) : [];
  if (strange.length > 0)
    throw new Error(`${id} allows ${strange.join(", ")}, which the bench does not know.`);
  const resources = texts(statement.Resource, `${id}.Resource`);
  const variable = resources.find((resource) => resource.includes("${"));
  if (variable !== undefined) throw new Error(`${id} has a policy variable: ${variable}`);
  const sid = statement.Sid === undefined ? "" : text(statement.Sid, `${id}.Sid`);
  return { id, sid, effect, actions, resources, ...conditionOf(id, statement.Condition) };
}

function conditionOf(
  id: string,
  condition: Json | undefined,
): Pick<Statement, "insecureOnly" | "leadingKeys" | "viaServices" | "cluster" | "passedTo"> {
  if (condition === undefined) return { insecureOnly: false, leadingKeys: undefined };
  const said = JSON.stringify(condition);
  if (said === '{"Bool":{"aws:SecureTransport":"false"}}')
    return { insecureOnly: true, leadingKeys: undefined };
  const keys = /^{"ForAllValues:StringLike":{"dynamodb:LeadingKeys":(\[[^{}]*\])}}$/.exec(said)?.[1];
  if (keys !== undefined) return { insecureOnly: false, leadingKeys: texts(JSON.parse(keys) as Json, id) };
  const via = /^{"StringEquals":{"kms:ViaService":("[^"]*"|\[[^{}]*\])}}$/.exec(said)?.[1];
  if (via !== undefined)
    return { insecureOnly: false, leadingKeys: undefined, viaServices: texts(JSON.parse(via) as Json, id) };
  const plain = { insecureOnly: false, leadingKeys: undefined };
  const cluster = /^{"ArnEquals":{"ecs:cluster":"([^"]*)"}}$/.exec(said)?.[1];
  if (cluster !== undefined) return { ...plain, cluster };
  const passedTo = /^{"StringEquals":{"iam:PassedToService":"([^"]*)"}}$/.exec(said)?.[1];
  if (passedTo !== undefined) return { ...plain, passedTo };
  // Whoever calls here with a function's role is one of them.
  if (/^{"ArnEquals":{"lambda:SourceFunctionArn":\["[^\]]*"\]}}$/.test(said)) return plain;
  throw new Error(`The bench does not know the condition of ${id}: ${JSON.stringify(condition)}`);
}
