/**
 * One project in an AWS account. This file is the drawing; each part is a file of its own.
 *
 *     callers, webhooks → HTTP API → api ──┐ put, then ring
 *                                          ├→ table ⇄ dispatcher (the tasks, one pass per ring)
 *              each minute → timer ────────┘     ↑
 *                                └──→ doorbell ──┘    what fails for good → dead letters
 *              each hour → housekeeper: erases old runs from the table, and versions of the dispatcher without runs
 *
 * Invariant: the table is the truth and the queue only rings: each arrow through the doorbell may be lost.
 */

import type { Alarm, Dashboard } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { Table } from "aws-cdk-lib/aws-dynamodb";
import type { Grant, IGrantable, IPrincipal } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Bucket } from "aws-cdk-lib/aws-s3";
import type { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { makeAlarms, makeEarlyAlarms, type Watched } from "./alarms.ts";
import { makeApi } from "./api.ts";
import { makeBucket } from "./bucket.ts";
import { letInvoke } from "./callers.ts";
import { type BuiltCode, builtCode } from "./code.ts";
import { makeDashboard } from "./dashboard.ts";
import { type Dispatcher, makeDispatcher, rightsOfPasses } from "./dispatcher.ts";
import { makeQueues } from "./doorbell.ts";
import { type Encryption, makeEncryption } from "./encryption.ts";
import { makeHousekeeper } from "./housekeeper.ts";
import { useKey } from "./key.ts";
import { asksForFargate, letFetchCode, makeLongRunning } from "./long-running.ts";
import { makeOutputs } from "./outputs.ts";
import { makePlanner } from "./planner.ts";
import { type HoldfastProps, type Settings, settingsOf } from "./props.ts";
import { makeSecret } from "./secrets.ts";
import type { State } from "./state.ts";
import { makeTable } from "./table.ts";
import { makeTimer } from "./timer.ts";

/**
 * Everything that runs a folder of tasks: API, doorbell, dispatcher, timer, table, bucket, secret, alarms.
 *
 * @example
 * ```ts
 * const orders = new Holdfast(this, "Orders", { tasks: "./tasks" });
 * invoices.grantRead(orders);
 * ```
 */
export class Holdfast extends Construct implements IGrantable {
  /** What the tasks act as: what it is granted, they may do. */
  readonly grantPrincipal: IPrincipal;
  /** Where callers and webhooks reach it. */
  readonly url: string;
  readonly table: Table;
  readonly bucket: Bucket;
  /** Holds the key that callers send: give it to nobody who must not start runs. */
  readonly secret: Secret;
  /** The secret with the keys of run data, and the KMS key that it is under; there where `encryption` is set. */
  readonly encryption: Encryption | undefined;
  readonly doorbell: Queue;
  /** One message per run that failed for good. */
  readonly deadLetters: Queue;
  readonly dispatcher: LambdaFunction;
  /** What callers without a key invoke, once they have been granted it: `awsTransport({ functionName })`. */
  readonly apiFunction: LambdaFunction;
  /** CloudWatch's; there where `dashboard` is set. */
  readonly dashboard: Dashboard | undefined;
  readonly #settings: Settings;
  readonly #watched: Watched;
  #alarms: readonly Alarm[];
  #hasEarly = false;

  constructor(scope: Construct, id: string, props: HoldfastProps) {
    super(scope, id);
    const settings = settingsOf(props);
    const code = builtCode(this, settings);

    const state: State = {
      table: makeTable(this, settings),
      bucket: makeBucket(this, settings),
      secret: makeSecret(this, settings),
      encryption: makeEncryption(this, settings),
      ...makeQueues(this, settings),
    };
    const isLong = asksForFargate(code, settings);
    const dispatcher = makeDispatcher(this, state, code, settings);
    const long = isLong ? longRunning(this, state, dispatcher, code, settings) : undefined;
    const planner = makePlanner(this, state, dispatcher, code, settings);
    const api = makeApi(this, state, dispatcher, planner, code, settings);
    // Where tokens are completed from outside. The API is made behind the dispatcher, whose log it reads.
    for (const each of [dispatcher.function, ...dispatcher.larger.map((larger) => larger.function)])
      each.addEnvironment("HOLDFAST_API_URL", api.url);
    // Links to large values lead to the api itself: nobody else opens them.
    if (settings.encryption) api.function.addEnvironment("HOLDFAST_API_URL", api.url);
    const timer = makeTimer(this, state, dispatcher, code, settings);
    const housekeeper = makeHousekeeper(this, state, dispatcher, code, settings);
    this.#settings = settings;
    const { function: own, larger } = dispatcher;
    this.#watched = { state, dispatcher: own, larger, timer, housekeeper, http: api.http };
    this.#alarms = makeAlarms(this, this.#watched);
    this.dashboard = settings.dashboard ? makeDashboard(this, this.#watched, settings) : undefined;

    makeOutputs(this, api, state);

    this.grantPrincipal = long ?? dispatcher.role;
    this.url = api.url;
    this.table = state.table;
    this.bucket = state.bucket;
    this.secret = state.secret;
    this.encryption = state.encryption;
    this.doorbell = state.doorbell;
    this.deadLetters = state.deadLetters;
    this.dispatcher = dispatcher.function;
    this.apiFunction = api.function;
  }

  /**
   * Lets somebody of this account call without a key, by `awsTransport` of `holdfast/aws`: one statement, to invoke the api
   * function. It lets do what a key lets do. Somebody of another account, or whose policies CDK cannot write, is refused.
   *
   * @example
   * ```ts
   * orders.grantTrigger(shop);
   * shop.addEnvironment("ORDERS_API", orders.apiFunction.functionName);
   * ```
   */
  grantTrigger(grantee: IGrantable): Grant {
    return letInvoke(this.apiFunction, grantee);
  }

  /**
   * Sends all alarms to a topic, and, with the first one, makes three more that tell early: requests answered with 5xx, passes
   * near their longest time, SQS near its limit of rings in flight ($0.10 a month each). Without a topic alarms show in the
   * console alone. May be called for several topics.
   *
   * @example
   * ```ts
   * const orders = new Holdfast(this, "Orders", { tasks: "./tasks" });
   * orders.addAlarms(new Topic(this, "OnCall", { enforceSSL: true }));
   * ```
   */
  addAlarms(topic: ITopic): void {
    if (!this.#hasEarly) {
      this.#alarms = [...this.#alarms, ...makeEarlyAlarms(this, this.#watched, this.#settings)];
      this.#hasEarly = true;
    }
    for (const alarm of this.#alarms) alarm.addAlarmAction(new SnsAction(topic));
  }
}

/** The passes of `longRunning` tasks, made behind the dispatcher, whose network and log they are in. Gives what tasks act as. */
function longRunning(
  owner: Construct,
  state: State,
  { function: dispatcher, larger }: Dispatcher,
  code: BuiltCode,
  settings: Settings,
): IPrincipal {
  const may = [...rightsOfPasses(owner, state, settings), ...useKey(owner, settings)];
  const securityGroups = dispatcher.connections.securityGroups.map(({ securityGroupId }) => securityGroupId);
  const parts = { code, may, logs: dispatcher.logGroup, securityGroups };
  const made = makeLongRunning(owner, parts, settings);
  for (const each of [dispatcher, ...larger.map((of) => of.function)])
    for (const [name, value] of Object.entries(made.environment)) each.addEnvironment(name, value);
  return letFetchCode(owner, dispatcher, made);
}
