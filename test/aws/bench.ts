/**
 * A synthesized template brought to life: everything up, deployed over, and down again.
 *
 * Owns:      the order in which the parts start and stop, and that nothing unknown passes: `close` throws for every
 *            call that the bench did not understand.
 */
import { type Folder, makeFolder } from "../world/place.ts";
import { type Assembly, readAssembly } from "./assembly.ts";
import { Tables } from "./dynamodb.ts";
import { EventSource, mappingsOf } from "./eventsource.ts";
import { Fargate } from "./fargate.ts";
import { HttpApi, routesOf } from "./httpapi.ts";
import { Policies } from "./iam.ts";
import { text } from "./json.ts";
import { Lambda } from "./lambda.ts";
import { Logs } from "./logs.ts";
import { Numbering } from "./numbering.ts";
import { demandPermission } from "./permissions.ts";
import { RecordingProxy } from "./proxy.ts";
import { Queues } from "./queues.ts";
import { Rules, rulesOf } from "./rules.ts";
import { Secrets } from "./secrets.ts";
import { stacksBackend } from "./stacks.ts";
import { Template } from "./template.ts";
import { Xray } from "./xray.ts";

/** How to bring a template to life. */
export interface BenchOptions {
  /** The folder that `cdk synth` has written. */
  readonly assembly: string;
  /** How long a minute of the scheduled rules lasts; 0: they fire when they are told to. */
  readonly minuteMs?: number;
  /** Environments per function, and batches per event source at once. */
  readonly processes?: number;
  /** Address of a DynamoDB Local that runs already. */
  readonly dynamodb?: string | undefined;
}

const region = "eu-central-1";
/** The account that fauxqs speaks of. */
const account = "000000000000";

/** A stack at work. */
export class Bench {
  readonly tables: Tables;
  readonly queues: Queues;
  readonly secrets = new Secrets();
  readonly xray = new Xray();
  readonly proxy: RecordingProxy;
  readonly lambda: Lambda;
  readonly fargate: Fargate;
  readonly api: HttpApi;
  readonly rules: Rules;
  readonly logs: Logs;
  sources: EventSource[] = [];
  readonly #folder: Folder;
  readonly #options: BenchOptions;
  readonly #numbering = new Numbering();
  #template: Template | undefined;
  #policies: Policies | undefined;

  private constructor(
    options: BenchOptions,
    folder: Folder,
    tables: Tables,
    queues: Queues,
    proxy: RecordingProxy,
    api: HttpApi,
    fargate: Fargate,
  ) {
    this.#options = options;
    this.#folder = folder;
    this.tables = tables;
    this.queues = queues;
    this.proxy = proxy;
    this.api = api;
    this.fargate = fargate;
    this.logs = new Logs(`${region}:${account}`, (who, ask) => proxy.decide(who, ask));
    this.lambda = new Lambda({
      folder: folder.path,
      processes: options.processes ?? 2,
      endpoint: proxy.url,
      know: (accessKey, caller) => proxy.know(accessKey, caller),
      print: (to, line) => this.logs.put(to, line),
      locationOf: (code) => fargate.locationOf(code),
    });
    this.rules = new Rules(this.#place("-"), (name, qualifier, event) =>
      this.lambda.send(name, qualifier, event),
    );
  }

  /** Brings a template to life. */
  static async up(options: BenchOptions): Promise<Bench> {
    const folder = await makeFolder("bench");
    const [tables, queues] = await Promise.all([Tables.open(region, options.dynamodb), Queues.start(region)]);
    const secrets: { of?: Bench } = {};
    const made = (): Bench => {
      if (secrets.of === undefined) throw new Error("The bench is not up yet.");
      return secrets.of;
    };
    const proxy = await RecordingProxy.start(
      {
        dynamodb: tables.backend,
        sqs: queues.backend,
        s3: queues.objects,
        secretsmanager: (action, request) => made().secrets.backend(action, request),
        lambda: (action, request) => made().lambda.backend(action, request),
        ecs: (action, request) => made().fargate.backend(action, request),
        xray: (action, request) => made().xray.backend(action, request),
        cloudformation: stacksBackend(() => made().template),
        logs: async ({ parameters }) => made().logs.find(parameters),
      },
      account,
    );
    const api = await HttpApi.open({
      region,
      account,
      invoke: (name, qualifier, event) => made().lambda.invoke(name, qualifier, event),
    });
    const fargate = await Fargate.start({
      template: () => made().template,
      endpoint: proxy.url,
      folder: folder.path,
      know: (accessKey, caller) => proxy.know(accessKey, caller),
      print: (to, line) => made().logs.put(to, line),
    });
    const bench = new Bench(options, folder, tables, queues, proxy, api, fargate);
    secrets.of = bench;
    await bench.deploy(options.assembly);
    return bench;
  }

  /** Where callers and webhooks reach the stack. */
  get url(): string {
    return this.api.url;
  }

  /** What the functions printed, newest last. */
  get log(): string[] {
    return this.logs.lines;
  }

  get template(): Template {
    if (this.#template === undefined) throw new Error("Nothing has been deployed.");
    return this.#template;
  }

  get policies(): Policies {
    if (this.#policies === undefined) throw new Error("Nothing has been deployed.");
    return this.#policies;
  }

  /** Deploys another template over the one that is there: state stays, functions change, versions are kept as it says. */
  async deploy(folder: string): Promise<void> {
    const assembly: Assembly = readAssembly(folder);
    this.#numbering.begin();
    const template = new Template(assembly.template, this.#place(assembly.stack));
    const policies = new Policies(template, this.#policies);
    if (this.#template === undefined) await this.tables.create(template);
    this.queues.create(template);
    this.secrets.create(template);
    this.proxy.use(policies);
    await this.lambda.deploy(template, assembly);
    this.#template = template;
    this.#policies = policies;
    await this.#wire(template);
  }

  /** The name of a queue by the end of its logical id's readable part: `Doorbell`. */
  queue(name: string): string {
    const found = idsOf(this.template, "AWS::SQS::Queue").filter((id) => id.includes(name));
    if (found.length !== 1) throw new Error(`${found.length} queues have "${name}" in their logical id.`);
    return this.template.attribute(text(found[0], name), "QueueName");
  }

  /** The logical id of a function by a part of it: `Dispatcher`. */
  functionId(name: string): string {
    const found = idsOf(this.template, "AWS::Lambda::Function").filter((id) => id.includes(name));
    if (found.length !== 1) throw new Error(`${found.length} functions have "${name}" in their logical id.`);
    return text(found[0], name);
  }

  /** Ends everything. Throws when there were calls that the bench did not understand. */
  async close(): Promise<void> {
    for (const source of this.sources) source.stop();
    this.rules.stop();
    this.lambda.close();
    await this.fargate.close();
    await Promise.all([this.api.close(), this.proxy.close(), this.queues.stop()]);
    await this.#folder.remove();
    const problems = [...new Set(this.proxy.problems)];
    if (problems.length > 0) throw new Error(`The bench did not understand:\n${problems.join("\n")}`);
  }

  async #wire(template: Template): Promise<void> {
    const routes = template.all("AWS::ApiGatewayV2::Api").length === 0 ? [] : routesOf(template);
    const [api] = template.all("AWS::ApiGatewayV2::Api");
    for (const { functionName, qualifier, key } of routes) {
      const path = key === "$default" ? "$default" : key.split(" ")[1];
      const source = `arn:aws:execute-api:${region}:${account}:${template.ref(text(api?.id, "api"))}/$default/${path}`;
      demandPermission(template, "apigateway.amazonaws.com", arnOf(functionName, qualifier), source);
    }
    this.api.use(routes);
    const rules = rulesOf(template);
    for (const { arn, functionArn } of rules)
      demandPermission(template, "events.amazonaws.com", functionArn, arn);
    this.rules.use(rules, this.#options.minuteMs ?? 0);
    for (const source of this.sources) source.stop();
    this.sources = mappingsOf(template).map((mapping) => this.#source(template, mapping));
    for (const source of this.sources) await source.check();
  }

  #source(template: Template, mapping: ReturnType<typeof mappingsOf>[number]): EventSource {
    const owner = template
      .all("AWS::Lambda::Function")
      .find(({ id }) => template.ref(id) === mapping.functionName);
    const role = text(owner?.properties.Role, mapping.functionName).split("/").at(-1) ?? "";
    checkVisibility(template, mapping.queueArn, Number(owner?.properties.Timeout ?? 3));
    return new EventSource(mapping, role, {
      queues: this.queues,
      proxyUrl: this.proxy.url,
      region,
      atMost: this.#options.processes ?? 2,
      know: (accessKey, caller) => this.proxy.know(accessKey, caller),
      invoke: (name, qualifier, event) => this.lambda.invoke(name, qualifier, event),
    });
  }

  #place(stack: string): Template["place"] {
    return { stack, region, account, versionNumber: (name, id) => this.#numbering.of(name, id) };
  }
}

const idsOf = (template: Template, type: string): string[] => template.all(type).map(({ id }) => id);

const arnOf = (name: string, qualifier: string | undefined): string =>
  `arn:aws:lambda:${region}:${account}:function:${name}${qualifier === undefined ? "" : `:${qualifier}`}`;

/** Lambda refuses a mapping whose queue shows a message again while the function may still work on it. */
function checkVisibility(template: Template, queueArn: string, timeout: number): void {
  const queue = template.all("AWS::SQS::Queue").find(({ id }) => template.attribute(id, "Arn") === queueArn);
  const visibility = Number(queue?.properties.VisibilityTimeout ?? 30);
  if (visibility >= timeout) return;
  throw new Error(
    `Queue visibility timeout: ${visibility} seconds is less than Function timeout: ${timeout} seconds`,
  );
}
