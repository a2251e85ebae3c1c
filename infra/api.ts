/**
 * The front door: an HTTP API with one function behind it, for callers, webhooks and links to large values.
 *
 * Never:     runs an author's code: the function knows the tasks' names alone.
 */
import { Stack } from "aws-cdk-lib";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { type Function as LambdaFunction, RecursiveLoop } from "aws-cdk-lib/aws-lambda";
import { type LogGroup, LogGroupClass } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { eraseValues, keepValues } from "./bucket.ts";
import { apiNameOf } from "./callers.ts";
import type { BuiltCode } from "./code.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { ring } from "./doorbell.ts";
import { encryptionSetting, openRuns } from "./encryption.ts";
import { makeFunction, makeLogs, searchLog } from "./function.ts";
import { argue } from "./nag.ts";
import { havePlanned } from "./planner.ts";
import type { Settings } from "./props.ts";
import { readSecret } from "./secrets.ts";
import type { State } from "./state.ts";
import { eraseRuns, findRuns, workOnRuns } from "./table.ts";

/** API Gateway gives up after 30 s. */
const timeout = 29;

/** The front door. */
export interface Api {
  readonly function: LambdaFunction;
  readonly http: HttpApi;
  readonly url: string;
}

/** What is written down of a request: no query, no header, no body. A link's signature is in its query. */
const accessLog = AccessLogFormat.custom(
  JSON.stringify({
    time: "$context.requestTimeEpoch",
    requestId: "$context.requestId",
    method: "$context.httpMethod",
    path: "$context.path",
    status: "$context.status",
    ms: "$context.responseLatency",
    error: "$context.integrationErrorMessage",
  }),
);

/**
 * Half the price of other logs. Of what that class lacks (metric filters, subscriptions, Live Tail, `FilterLogEvents`) nothing of
 * ours is asked of this log: Logs Insights reads it. A group cannot change its class, so the name is another than before.
 */
const makeAccessLogs = (owner: Construct, settings: Settings): LogGroup =>
  makeLogs(owner, "ApiAccess", settings, LogGroupClass.INFREQUENT_ACCESS);

/** What the function is told. */
function environmentOf(
  owner: Construct,
  { table, bucket, doorbell, secret, encryption }: State,
  dispatcher: Dispatcher,
  planner: LambdaFunction,
  settings: Settings,
): Record<string, string> {
  return {
    HOLDFAST_TABLE: table.tableName,
    HOLDFAST_DOORBELL_URL: doorbell.queueUrl,
    HOLDFAST_BUCKET: bucket.bucketName,
    HOLDFAST_SECRET_ID: secret.secretArn,
    ...encryptionSetting(encryption),
    HOLDFAST_CODE_VERSION: dispatcher.codeVersion,
    HOLDFAST_MEMORY_MB: dispatcher.sizes.join(),
    HOLDFAST_LOG_GROUP: dispatcher.function.logGroup.logGroupName,
    HOLDFAST_LOG_DAYS: String(settings.logDays),
    HOLDFAST_STAGE: Stack.of(owner).stackName,
    HOLDFAST_PLANNER: planner.functionName,
  };
}

const whyNoAuthorizer = {
  "AwsSolutions-APIG4":
    "The function checks the key, or the webhook's signature over the bytes that came, or the link's: no authorizer sees a body.",
};

/** Makes the HTTP API and its function. */
export function makeApi(
  owner: Construct,
  state: State,
  dispatcher: Dispatcher,
  planner: LambdaFunction,
  code: BuiltCode,
  settings: Settings,
): Api {
  const { table, bucket, doorbell, secret } = state;
  const api = makeFunction(
    owner,
    "ApiFunction",
    {
      description: "Holdfast: answers requests and webhooks",
      code: code.api,
      timeout,
      memorySize: 512,
      environment: environmentOf(owner, state, dispatcher, planner, settings),
      may: [
        workOnRuns(table),
        ...findRuns(table, "runs", "batches"),
        ...keepValues(bucket),
        eraseRuns(table),
        eraseValues(bucket),
        ring(doorbell),
        readSecret(secret),
        ...openRuns(owner, state.encryption),
        havePlanned(planner),
        // What runs have logged, for their page.
        searchLog("FindLines", dispatcher.function.logGroup.logGroupArn),
      ],
      // What became of deliveries of webhooks is in its own lines.
      searchesOwnLog: "FindDeliveries",
      more: {
        functionName: apiNameOf(owner),
        // A task that looks at runs in each pass invokes it again and again, in one chain with its rings.
        recursiveLoop: RecursiveLoop.ALLOW,
      },
    },
    settings,
  );
  const http = new HttpApi(owner, "Api", { description: "Holdfast", createDefaultStage: false });
  const integration = new HttpLambdaIntegration("ApiIntegration", api);
  // The greedy path does not match the root, where the dashboard is.
  const routes = ["/", "/{proxy+}"].flatMap((path) =>
    http.addRoutes({ path, methods: [HttpMethod.ANY], integration }),
  );
  for (const route of routes) argue(route, whyNoAuthorizer);
  const stage = new HttpStage(owner, "ApiStage", {
    httpApi: http,
    stageName: "$default",
    autoDeploy: true,
    throttle: { rateLimit: settings.throttle.rate, burstLimit: settings.throttle.burst },
    accessLogSettings: {
      destination: new LogGroupLogDestination(makeAccessLogs(owner, settings)),
      format: accessLog,
    },
  });
  return { function: api, http, url: stage.url };
}
