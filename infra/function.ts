/**
 * What all functions of a stack have in common: runtime, logs, and a role of their own that holds only what is listed.
 *
 * Invariant: no managed policy, no permission that the function does not use.
 */
import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  ApplicationLogLevel,
  type Code,
  type FunctionOptions,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from "aws-cdk-lib/aws-lambda";
import { type ILogGroup, LogGroup, type LogGroupClass } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { useKey } from "./key.ts";
import { argue } from "./nag.ts";
import type { Settings } from "./props.ts";

/** What a function is made of. */
export interface FunctionParts {
  readonly description: string;
  readonly code: Code;
  /** Where its handler is in that code; `index.handler` if it is not said. */
  readonly handler?: string;
  readonly timeout: number;
  readonly memorySize: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Everything that it may do. */
  readonly may: readonly PolicyStatement[];
  /** Name of a statement by which it may search its own log; without one it may not. */
  readonly searchesOwnLog?: string;
  readonly more?: FunctionOptions;
}

/** A log group whose lines are kept for as long as the settings say; of the standard class if none is given. */
export function makeLogs(
  scope: Construct,
  id: string,
  { logDays }: Settings,
  logGroupClass?: LogGroupClass,
): LogGroup {
  const removalPolicy = RemovalPolicy.DESTROY;
  return new LogGroup(scope, id, { retention: logDays, removalPolicy, logGroupClass });
}

/** Searching one log group. */
export const searchLog = (sid: string, logGroupArn: string): PolicyStatement =>
  new PolicyStatement({ sid, actions: ["logs:FilterLogEvents"], resources: [logGroupArn] });

/** Fetching the code of a function's published versions. */
export const fetchCode = (of: LambdaFunction): PolicyStatement =>
  new PolicyStatement({
    sid: "FetchCode",
    actions: ["lambda:GetFunction"],
    resources: [`${of.functionArn}:*`],
  });

/** For who tells of the versions of a function. */
export const listVersions = (of: LambdaFunction): PolicyStatement =>
  new PolicyStatement({
    sid: "ListVersions",
    actions: ["lambda:ListVersionsByFunction"],
    resources: [of.functionArn],
  });

/** Makes a function, its role and its log group. */
export function makeFunction(
  scope: Construct,
  id: string,
  parts: FunctionParts,
  settings: Settings,
): LambdaFunction {
  const logGroup = makeLogs(scope, `${id}Logs`, settings);
  const writeLogs = new PolicyStatement({
    sid: "WriteLogs",
    actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
    resources: [logGroup.logGroupArn],
  });
  const ownLog =
    parts.searchesOwnLog === undefined ? [] : [searchLog(parts.searchesOwnLog, logGroup.logGroupArn)];
  const statements = [writeLogs, ...parts.may, ...ownLog, ...useKey(scope, settings)];
  const role = new Role(scope, `${id}Role`, {
    assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
    inlinePolicies: { Own: new PolicyDocument({ statements }) },
  });
  return define(scope, id, parts, settings, { role, logGroup });
}

/** What a function acts as, and where its lines go. */
interface Identity {
  readonly role: Role;
  readonly logGroup: ILogGroup;
}

/** A function that is another one in all but its size: it acts as that one does, and writes into its log. */
export const makeSibling = (
  scope: Construct,
  id: string,
  parts: FunctionParts,
  settings: Settings,
  of: Identity,
): LambdaFunction => define(scope, id, parts, settings, of);

function define(
  scope: Construct,
  id: string,
  parts: FunctionParts,
  settings: Settings,
  { role, logGroup }: Identity,
): LambdaFunction {
  const made = new LambdaFunction(scope, id, {
    description: parts.description,
    runtime: Runtime.NODEJS_24_X,
    architecture: settings.architecture,
    handler: parts.handler ?? "index.handler",
    code: parts.code,
    timeout: Duration.seconds(parts.timeout),
    memorySize: parts.memorySize,
    environment: { ...parts.environment },
    // Without this, every permission that a construct of CDK's adds by itself would go into this role.
    role: role.withoutPolicyUpdates(),
    logGroup,
    // Lines are JSON already; START and END lines would double what a short pass costs to log.
    loggingFormat: LoggingFormat.JSON,
    applicationLogLevelV2: ApplicationLogLevel.INFO,
    systemLogLevelV2: SystemLogLevel.WARN,
    ...parts.more,
  });
  argue(made, {
    "Serverless-LambdaDLQ":
      "A run whose invocation is lost stays in the table with its wake time, and the timer rings it: nothing lies in an event.",
    "Serverless-LambdaTracing":
      "The tree of a run shows every await with its times. Where traces are wanted, each run has one, over all its invocations.",
  });
  return made;
}
