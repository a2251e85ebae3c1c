/**
 * The resource types that the bench knows: which properties it plays, which it only takes note of, and what `Ref` and
 * `Fn::GetAtt` give.
 *
 * Owns:      the list. docs/aws-bench.md says for each type how it is played and where AWS describes it.
 * Invariant: a type or a property that is not here fails; `notes` are properties that change nothing that the bench
 *            could show.
 */
import { type Json, text } from "./json.ts";

/** What names are made from. */
export interface Names {
  readonly stack: string;
  readonly region: string;
  readonly account: string;
  /** A name as CloudFormation makes it where the template gives none. */
  idOf(logicalId: string): string;
  /** A resolved property of a resource. */
  property(logicalId: string, name: string): Json | undefined;
  versionNumber(functionName: string, logicalId: string): number;
}

type Name = (logicalId: string, names: Names) => string;

/** A type of resource. */
export interface KnownType {
  readonly plays: readonly string[];
  readonly notes: readonly string[];
  readonly ref?: Name;
  readonly attributes?: Readonly<Record<string, Name>>;
}

const named =
  (property: string): Name =>
  (id, names) => {
    const own = names.property(id, property);
    return own === undefined ? names.idOf(id) : text(own, `${id}.${property}`);
  };

const arn =
  (service: string, resource: (name: string) => string, name: Name): Name =>
  (id, names) =>
    `arn:aws:${service}:${names.region}:${names.account}:${resource(name(id, names))}`;

const tableName = named("TableName");
const tableArn = arn("dynamodb", (name) => `table/${name}`, tableName);
const queueName = named("QueueName");
const functionName = named("FunctionName");
const functionArn = arn("lambda", (name) => `function:${name}`, functionName);
const bucketName: Name = (id, names) => named("BucketName")(id, names).toLowerCase();
const roleName = named("RoleName");
const secretArn = arn("secretsmanager", (name) => `secret:${name}-AbCdEf`, named("Name"));
const keyId: Name = (id, names) => names.idOf(id);
const logGroupName = named("LogGroupName");
const alarmName = named("AlarmName");

/** A function named by name, ARN or alias: its plain name. */
export const nameOfFunction = (reference: string): string =>
  reference.startsWith("arn:") ? (reference.split(":")[6] ?? "") : (reference.split(":")[0] ?? "");

const versionNumber: Name = (id, names) => {
  const owner = nameOfFunction(text(names.property(id, "FunctionName"), `${id}.FunctionName`));
  return String(names.versionNumber(owner, id));
};

const ofFunction =
  (qualifier: Name): Name =>
  (id, names) => {
    const owner = nameOfFunction(text(names.property(id, "FunctionName"), `${id}.FunctionName`));
    return `arn:aws:lambda:${names.region}:${names.account}:function:${owner}:${qualifier(id, names)}`;
  };

const itself: Name = (id) => id.slice(-10).toLowerCase();

/** By type. */
export const knownTypes: Readonly<Record<string, KnownType>> = {
  "AWS::DynamoDB::Table": {
    plays: [
      "TableName",
      "AttributeDefinitions",
      "KeySchema",
      "GlobalSecondaryIndexes",
      "BillingMode",
      "TimeToLiveSpecification",
    ],
    notes: [
      "DeletionProtectionEnabled",
      "PointInTimeRecoverySpecification",
      "SSESpecification",
      "TableClass",
      "OnDemandThroughput",
      "Tags",
    ],
    ref: tableName,
    attributes: { Arn: tableArn },
  },
  "AWS::DynamoDB::GlobalTable": {
    plays: [
      "TableName",
      "AttributeDefinitions",
      "KeySchema",
      "GlobalSecondaryIndexes",
      "BillingMode",
      "TimeToLiveSpecification",
      "Replicas",
    ],
    notes: ["SSESpecification", "WriteOnDemandThroughputSettings"],
    ref: tableName,
    attributes: { Arn: tableArn },
  },
  "AWS::SQS::Queue": {
    plays: [
      "QueueName",
      "VisibilityTimeout",
      "RedrivePolicy",
      "DelaySeconds",
      "ReceiveMessageWaitTimeSeconds",
    ],
    notes: ["MessageRetentionPeriod", "SqsManagedSseEnabled", "RedriveAllowPolicy", "Tags"],
    ref: (id, names) => `https://sqs.${names.region}.amazonaws.com/${names.account}/${queueName(id, names)}`,
    attributes: { Arn: arn("sqs", (name) => name, queueName), QueueName: queueName },
  },
  "AWS::SQS::QueuePolicy": { plays: ["PolicyDocument", "Queues"], notes: [] },
  "AWS::SecretsManager::Secret": {
    plays: ["Name", "GenerateSecretString", "SecretString", "KmsKeyId"],
    notes: ["Description", "Tags"],
    ref: secretArn,
    attributes: { Id: secretArn },
  },
  "AWS::KMS::Key": {
    plays: [],
    notes: ["Description", "EnableKeyRotation", "KeyPolicy", "Tags"],
    ref: keyId,
    attributes: { Arn: arn("kms", (name) => `key/${name}`, keyId) },
  },
  "AWS::SecretsManager::ResourcePolicy": {
    plays: ["ResourcePolicy", "SecretId"],
    notes: ["BlockPublicPolicy"],
  },
  "AWS::S3::Bucket": {
    plays: ["BucketName"],
    notes: [
      "BucketEncryption",
      "PublicAccessBlockConfiguration",
      "OwnershipControls",
      "LifecycleConfiguration",
      "VersioningConfiguration",
      "Tags",
    ],
    ref: bucketName,
    attributes: { Arn: (id, names) => `arn:aws:s3:::${bucketName(id, names)}` },
  },
  "AWS::S3::BucketPolicy": { plays: ["Bucket", "PolicyDocument"], notes: [] },
  "AWS::IAM::Role": {
    plays: ["RoleName", "AssumeRolePolicyDocument", "Policies"],
    notes: ["Description", "Tags", "Path", "MaxSessionDuration"],
    ref: roleName,
    attributes: { Arn: (id, names) => `arn:aws:iam::${names.account}:role/${roleName(id, names)}` },
  },
  "AWS::IAM::Policy": { plays: ["PolicyDocument", "Roles"], notes: ["PolicyName"] },
  "AWS::Lambda::Function": {
    plays: [
      "FunctionName",
      "Code",
      "Handler",
      "Role",
      "Environment",
      "Timeout",
      "MemorySize",
      "LoggingConfig",
    ],
    notes: [
      "Runtime",
      "Architectures",
      "Description",
      "RecursiveLoop",
      "RuntimeManagementConfig",
      "Tags",
      "TracingConfig",
      "VpcConfig",
    ],
    ref: functionName,
    attributes: { Arn: functionArn },
  },
  "AWS::Lambda::Version": {
    plays: ["FunctionName"],
    notes: ["Description", "CodeSha256"],
    ref: ofFunction(versionNumber),
    attributes: { Version: versionNumber, FunctionArn: ofFunction(versionNumber) },
  },
  "AWS::Lambda::Alias": {
    plays: ["FunctionName", "FunctionVersion", "Name"],
    notes: ["Description"],
    ref: ofFunction(named("Name")),
    attributes: { AliasArn: ofFunction(named("Name")) },
  },
  "AWS::Lambda::EventSourceMapping": {
    plays: [
      "EventSourceArn",
      "FunctionName",
      "BatchSize",
      "MaximumBatchingWindowInSeconds",
      "FunctionResponseTypes",
      "ScalingConfig",
      "Enabled",
    ],
    notes: ["MetricsConfig", "Tags"],
  },
  "AWS::Lambda::Permission": {
    plays: ["Action", "FunctionName", "Principal", "SourceArn"],
    notes: ["SourceAccount"],
  },
  "AWS::ECS::Cluster": {
    plays: [],
    notes: ["ClusterSettings", "Tags"],
    ref: keyId,
    attributes: { Arn: arn("ecs", (name) => `cluster/${name}`, keyId) },
  },
  "AWS::ECS::TaskDefinition": {
    plays: ["ContainerDefinitions", "Family", "TaskRoleArn", "ExecutionRoleArn"],
    notes: ["Cpu", "Memory", "NetworkMode", "RequiresCompatibilities", "RuntimePlatform", "Tags"],
    ref: arn("ecs", (name) => `task-definition/${name}:1`, named("Family")),
  },
  "AWS::Events::Rule": {
    plays: ["Name", "ScheduleExpression", "State", "Targets"],
    notes: ["Description", "Tags"],
    ref: named("Name"),
    attributes: { Arn: arn("events", (name) => `rule/${name}`, named("Name")) },
  },
  "AWS::ApiGatewayV2::Api": {
    plays: ["ProtocolType"],
    notes: ["Name", "Description", "DisableExecuteApiEndpoint", "Tags"],
    ref: itself,
    attributes: {
      ApiId: itself,
      ApiEndpoint: (id, names) => `https://${itself(id, names)}.execute-api.${names.region}.amazonaws.com`,
    },
  },
  "AWS::ApiGatewayV2::Stage": {
    plays: ["ApiId", "StageName"],
    notes: ["AccessLogSettings", "AutoDeploy", "DefaultRouteSettings", "Description", "Tags"],
    ref: named("StageName"),
  },
  "AWS::ApiGatewayV2::Integration": {
    plays: ["ApiId", "IntegrationType", "IntegrationUri", "PayloadFormatVersion", "TimeoutInMillis"],
    notes: ["IntegrationMethod", "Description"],
    ref: itself,
  },
  "AWS::ApiGatewayV2::Route": {
    plays: ["ApiId", "RouteKey", "Target", "AuthorizationType"],
    notes: [],
    ref: itself,
  },
  "AWS::Logs::LogGroup": {
    plays: ["LogGroupName"],
    notes: ["RetentionInDays", "LogGroupClass", "Tags"],
    ref: logGroupName,
    attributes: { Arn: arn("logs", (name) => `log-group:${name}:*`, logGroupName) },
  },
  "AWS::CloudWatch::Alarm": {
    plays: [],
    notes: [
      "AlarmName",
      "AlarmActions",
      "AlarmDescription",
      "ComparisonOperator",
      "DatapointsToAlarm",
      "Dimensions",
      "EvaluationPeriods",
      "ExtendedStatistic",
      "MetricName",
      "Metrics",
      "Namespace",
      "OKActions",
      "Period",
      "Statistic",
      "Threshold",
      "TreatMissingData",
      "Unit",
      "Tags",
    ],
    ref: alarmName,
    attributes: { Arn: arn("cloudwatch", (name) => `alarm:${name}`, alarmName) },
  },
  "AWS::CloudWatch::Dashboard": { plays: [], notes: ["DashboardName", "DashboardBody"] },
  "AWS::CDK::Metadata": { plays: [], notes: ["Analytics"] },
};
