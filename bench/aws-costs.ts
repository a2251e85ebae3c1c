/**
 * What a stack costs in AWS: counts that tests hold, times prices. `docs/aws-costs.md` has these tables word for word.
 *
 * Owns:      the prices, with their dates, and what no count can give: how long functions run. That is an assumption, named as such.
 */
import { runPrices } from "../functions/aws-prices.ts";

/** US dollars in us-east-1, free tiers left out, as AWS's price lists of these days had them. */
const prices = {
  httpRequest: { usd: 1 / 1e6, day: "2026-08" },
  ...runPrices,
  logGb: { usd: 0.5, day: "2026-08-06" },
  rareLogGb: { usd: 0.25, day: "2026-08-06" },
  metricMonth: { usd: 0.3, day: "2026-08-06" },
  alarmMonth: { usd: 0.1, day: "2026-08-06" },
  secretMonth: { usd: 0.4, day: "2026-08" },
  dashboardMonth: { usd: 3, day: "2025" },
} as const;

type Priced = keyof typeof prices;

/** What something uses. Everything but `assumed` is counted by tests. */
export interface Usage {
  readonly httpRequests: number;
  readonly sqsRequests: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  /** What the timer's looks at a run take in its life: `test/aws-adapters/fresh-runs.test.ts`. */
  readonly lookUnits: number;
  /** Lines of the functions, as CloudWatch counts them. */
  readonly logKb: number;
  /** Lines of the HTTP API, in a log of the class Infrequent Access. */
  readonly accessKb: number;
  readonly apiInvocations: number;
  readonly dispatcherInvocations: number;
  readonly assumed: { readonly apiMs: number; readonly dispatcherMs: number };
}

/** A run of ten awaits with small results, triggered over HTTP: `test/aws/budgets.test.ts` counts it. */
export const tenAwaits: Usage = {
  httpRequests: 1,
  sqsRequests: 3,
  writeUnits: 13,
  readUnits: 0,
  // A look at its head, half a unit; a quarter of the runs are looked at again while they are young; its place in the list, three times.
  lookUnits: 0.7,
  logKb: 0.6,
  accessKb: 0.2,
  apiInvocations: 1,
  dispatcherInvocations: 1,
  // 12 ms of processor time, warm (`npm run bench -- --aws`), and 3 for TLS, on the 0.29 of a processor that 512 MB have: 52 ms. Its 11 calls are waited for, 4 ms each.
  // 3.3 ms of the api's, measured in the same way, and 0.5 for TLS: 13 ms. The put is waited for 4 ms, the send to SQS 10.
  assumed: { apiMs: 27, dispatcherMs: 96 },
};

/** What a wait adds that puts its run away: counted there too. */
export const oneWait: Usage = {
  httpRequests: 0,
  sqsRequests: 3,
  writeUnits: 6,
  readUnits: 1,
  lookUnits: 0,
  logKb: 0.6,
  accessKb: 0,
  apiInvocations: 0,
  dispatcherInvocations: 1,
  assumed: { apiMs: 0, dispatcherMs: 50 },
};

/** What the template says; `test/aws-infra/costs.test.ts` reads it there. */
export const stack = {
  functionMb: 512,
  timerMb: 256,
  secrets: 1,
  alarms: 9,
  tickMinutes: 1,
  /** Queries of a tick, half a read unit each: both indexes (`test/aws-adapters/dynamo-searches.test.ts`), pools with parked runs among them, schedules of the code, and those made by calls. */
  queriesPerTick: 25 + 1 + 8,
} as const;

/** A line of a bill. */
export interface Line {
  readonly what: string;
  readonly usd: number;
}

const million = 1e6;
const usd = (name: Priced, amount: number): number => prices[name].usd * amount;
const gbSeconds = (mb: number, ms: number, times: number): number => (mb / 1_024) * (ms / 1_000) * times;

/** A million times what something uses. Lines of nothing are left out. */
export function perMillion(usage: Usage): Line[] {
  const { httpRequests, sqsRequests, writeUnits, readUnits, lookUnits, logKb, accessKb } = usage;
  const { apiInvocations, dispatcherInvocations } = usage;
  const { apiMs, dispatcherMs } = usage.assumed;
  const invoked = (name: string, times: number, ms: number): Line => ({
    what: `${name}: ${times} invocation of ${stack.functionMb} MB, ${ms} ms (assumed)`,
    usd:
      usd("lambdaRequest", times * million) +
      usd("lambdaGbSecond", gbSeconds(stack.functionMb, ms, times * million)),
  });
  return [
    { what: `HTTP API: ${httpRequests} request`, usd: usd("httpRequest", httpRequests * million) },
    invoked("Api function", apiInvocations, apiMs),
    {
      what: `SQS: ${sqsRequests} requests (send, receive, delete)`,
      usd: usd("sqsRequest", sqsRequests * million),
    },
    invoked("Dispatcher", dispatcherInvocations, dispatcherMs),
    { what: `DynamoDB: ${writeUnits} write units`, usd: usd("writeUnit", writeUnits * million) },
    { what: `DynamoDB: ${readUnits} read units`, usd: usd("readUnit", readUnits * million) },
    {
      what: `DynamoDB: ${lookUnits} read units, the timer's looks at it`,
      usd: usd("readUnit", lookUnits * million),
    },
    { what: `Logs: ${logKb} KB`, usd: usd("logGb", (logKb * million) / 1e6) },
    {
      what: `Access log: ${accessKb} KB, Infrequent Access`,
      usd: usd("rareLogGb", (accessKb * million) / 1e6),
    },
  ].filter((line) => line.usd > 0);
}

/** The sum of a bill. */
export const total = (lines: readonly Line[]): number => lines.reduce((sum, line) => sum + line.usd, 0);

const monthMinutes = 730 * 60;
/** Five pollers, three polls a minute each: inferred, AWS does not say. */
const idlePolls = 15 * monthMinutes;
const tickMs = 200;
const tickLogKb = 1;

/** A stack in which nothing happens, for a month. */
export function idle(): Line[] {
  const ticks = monthMinutes / stack.tickMinutes;
  const timer =
    usd("lambdaRequest", ticks) +
    usd("lambdaGbSecond", gbSeconds(stack.timerMb, tickMs, ticks)) +
    usd("readUnit", (stack.queriesPerTick / 2 + 1) * ticks) +
    usd("sqsRequest", ticks) +
    usd("logGb", (tickLogKb * ticks) / 1e6);
  return [
    { what: "Secret", usd: usd("secretMonth", stack.secrets) },
    { what: `${stack.alarms} alarms`, usd: usd("alarmMonth", stack.alarms) },
    { what: "Metric `LateSeconds`", usd: usd("metricMonth", 1) },
    { what: "Event source that polls the doorbell (estimate)", usd: usd("sqsRequest", idlePolls) },
    {
      what: `Timer: ${ticks.toLocaleString("en-US")} ticks of ${stack.timerMb} MB, ${tickMs} ms (assumed), ${stack.queriesPerTick} queries and a read, a look at \`LostRings\`, a line of log`,
      usd: timer,
    },
  ];
}

/** What can be switched on; `test/aws-infra/telemetry.test.ts` and `test/aws/budgets.test.ts` count it. */
export const switchedOn = {
  earlyAlarms: 3,
  /** Metrics of runs and tries, in hours in which all of them have data. */
  metrics: 10,
  /** What the trace of a run of ten awaits sends: the tries, the pass, the run. */
  spans: 12,
  spanKb: 9,
  assumed: { sendMs: 50 },
} as const;

/** Erasing a run of ten awaits with small results: `test/aws-adapters/sweep.test.ts` counts it. */
const erasing = { writeUnits: 12, readUnits: 3 } as const;

/** By the month, or for a million runs of ten awaits. */
function options(): Line[] {
  const { earlyAlarms, metrics, spans, spanKb, assumed } = switchedOn;
  const { sendMs } = assumed;
  return [
    {
      what: `\`retention\` (30 days by default): erasing a run, ${erasing.writeUnits} write units and ${erasing.readUnits} read units; a million runs`,
      usd: usd("writeUnit", erasing.writeUnits * million) + usd("readUnit", erasing.readUnits * million),
    },
    {
      what: `\`addAlarms(topic)\`: ${earlyAlarms} alarms more, a month`,
      usd: usd("alarmMonth", earlyAlarms),
    },
    { what: "`dashboard: true`, a month", usd: usd("dashboardMonth", 1) },
    {
      what: `\`metrics: "project"\` (the default): ${metrics} metrics, a month of busy hours`,
      usd: usd("metricMonth", metrics),
    },
    {
      what: `\`metrics: "tasks"\`: as many again for each task, a month of busy hours`,
      usd: usd("metricMonth", metrics),
    },
    {
      what: `\`traces: "xray"\`: ${spans} spans, ${spanKb} KB, of each run, paid for as logs; a million runs`,
      usd: usd("logGb", (spanKb * million) / 1e6),
    },
    {
      what: `\`traces\`: ${sendMs} ms (assumed) of a dispatcher of ${stack.functionMb} MB, a million passes`,
      usd: usd("lambdaGbSecond", gbSeconds(stack.functionMb, sendMs, million)),
    },
  ];
}

/** The same million runs elsewhere, as their price lists have it. */
export const elsewhere: readonly {
  readonly name: string;
  readonly day: string;
  readonly lines: readonly Line[];
}[] = [
  {
    name: "Lambda durable functions",
    day: "2026-09-19",
    lines: [
      { what: "11 durable operations at $8.00 a million", usd: 88 },
      { what: "12 GB written at $0.25", usd: 3 },
      { what: "12 GB kept for 14 days at $0.15 a month", usd: 0.84 },
      { what: "Lambda, 512 MB: 10 × 29 ms of checkpoints", usd: 2.13 },
      { what: "Front door", usd: 2.3 },
    ],
  },
  {
    name: "Step Functions Standard",
    day: "2026-08",
    lines: [
      { what: "11 transitions at $25 a million", usd: 275 },
      { what: "10 Lambda invocations a run", usd: 4 },
      { what: "Front door", usd: 2.3 },
    ],
  },
];

const money = (value: number): string => `$${value.toFixed(2)}`;

/** Lines as a table of Markdown. */
const listOf = (title: string, lines: readonly Line[]): string =>
  [`| ${title} | |`, "|---|---|", ...lines.map((line) => `| ${line.what} | ${money(line.usd)} |`)].join("\n");

/** The same, with their sum. */
const tableOf = (title: string, lines: readonly Line[]): string =>
  [listOf(title, lines), `| **All** | **${money(total(lines))}** |`].join("\n");

/** All tables of the page. */
export function tables(): readonly string[] {
  return [
    tableOf("A million runs of ten awaits", perMillion(tenAwaits)),
    tableOf("A million waits that put their run away, on top", perMillion(oneWait)),
    ...elsewhere.map(({ name, day, lines }) => tableOf(`The same million with ${name} (${day})`, lines)),
    tableOf("Idle, per month", idle()),
    listOf("Switched on", options()),
    [
      "| Price | US dollars | Of |",
      "|---|---|---|",
      ...Object.entries(prices).map(
        ([name, { usd: price, day }]) => `| ${name} | ${rounded(price)} | ${day} |`,
      ),
    ].join("\n"),
  ];
}

const rounded = (price: number): string =>
  price < 0.001 ? `${Number((price * million).toFixed(4))} a million` : String(price);
