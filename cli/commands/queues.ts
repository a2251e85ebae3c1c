/** `holdfast queues`: look at queues, pause and resume them, give them another limit. */
import type { Command } from "commander";
import type { RetrievedConcurrencyLimitKey } from "../../sdk/concurrency-limits.ts";
import type { RetrievedQueue } from "../../sdk/queues.ts";
import { type Cli, newCommand, newGroup, type ServerOptions, talking } from "../command.ts";
import { sdkOf } from "../connection.ts";
import { UsageError } from "../failure.ts";

const count = (value: number | null): string => (value === null ? "–" : String(value));

function limitText({ concurrency: { current, override, total } }: RetrievedQueue): string {
  const all = total === null ? "" : `, ${total} in all`;
  return `${current ?? "none"}${override === null ? "" : " (set by hand)"}${all}`;
}

function rateText({ rateLimit }: RetrievedQueue): string {
  if (rateLimit === null) return "–";
  const { limit, periodMs, perKey } = rateLimit;
  return `${limit} in ${periodMs / 1_000} s${perKey ? ", each key" : ""}`;
}

function sayQueues(cli: Cli, queues: readonly RetrievedQueue[]): void {
  const rows = queues.map((queue) => [
    queue.id,
    count(queue.queued),
    count(queue.running),
    limitText(queue),
    rateText(queue),
    queue.paused ? "paused" : "open",
  ]);
  cli.screen.table(["queue", "waiting", "at work", "limit", "rate", "state"], rows);
}

async function list(cli: Cli, options: ServerOptions): Promise<void> {
  const { queues } = await sdkOf(cli, options);
  const data: RetrievedQueue[] = [];
  for await (const queue of queues.list()) data.push(queue);
  if (options.json) return cli.screen.json({ data });
  if (data.length === 0)
    return cli.screen.note(
      "The code declares no queue: a task gets one with `queue: { concurrencyLimit: 5 }`.",
    );
  sayQueues(cli, data);
}

type Queues = Awaited<ReturnType<typeof sdkOf>>["queues"];

async function change(
  cli: Cli,
  options: ServerOptions,
  how: (queues: Queues) => Promise<RetrievedQueue>,
): Promise<void> {
  const queue = await how((await sdkOf(cli, options)).queues);
  if (options.json) cli.screen.json(queue);
  else sayQueues(cli, [queue]);
}

interface KeyOptions extends ServerOptions {
  readonly concurrencyKey?: string;
  readonly ttl?: string;
}

type Limits = Awaited<ReturnType<typeof sdkOf>>["concurrencyLimits"];

async function changeKey(
  cli: Cli,
  options: ServerOptions,
  how: (limits: Limits) => Promise<RetrievedConcurrencyLimitKey>,
): Promise<void> {
  const key = await how((await sdkOf(cli, options)).concurrencyLimits);
  if (options.json) return cli.screen.json(key);
  const { current, expiresAt } = key.perKey;
  const until = expiresAt === null ? "" : ` (set by hand, until ${expiresAt.toISOString()})`;
  cli.screen.table(
    ["queue", "key", "at work", "limit", "state"],
    [
      [
        key.name,
        key.concurrencyKey,
        String(key.running),
        `${current ?? "none"}${until}`,
        key.paused ? "paused" : "open",
      ],
    ],
  );
}

function limit(
  cli: Cli,
  name: string,
  text: string,
  { concurrencyKey, ttl, ...options }: KeyOptions,
): Promise<void> {
  const slots = limitOf(text);
  if (concurrencyKey === undefined && ttl !== undefined)
    throw new UsageError(
      "--ttl goes with --concurrency-key: a queue's limit stays until it is reset.",
      "queues limit mails 5",
    );
  if (concurrencyKey === undefined)
    return change(cli, options, (queues) => queues.overrideConcurrencyLimit(name, slots));
  const override = { concurrencyKey, perKey: slots, ...(ttl === undefined ? {} : { ttl }) };
  return changeKey(cli, options, (limits) => limits.override(name, override));
}

function reset(cli: Cli, name: string, { concurrencyKey, ...options }: KeyOptions): Promise<void> {
  if (concurrencyKey === undefined)
    return change(cli, options, (queues) => queues.resetConcurrencyLimit(name));
  return changeKey(cli, options, (limits) => limits.reset(name, { concurrencyKey }));
}

/** The server says which numbers it takes; a text is none. */
function limitOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new UsageError(
    `A limit is a whole number, and ${JSON.stringify(text)} is none.`,
    "queues limit mails 5",
  );
}

/** The command. */
export function queuesCommand(cli: Cli): Command {
  const examples = [
    "queues list",
    "queues pause mails",
    "queues limit task/import 5",
    "queues reset task/import",
    "queues limit task/import 5 --concurrency-key acme --ttl 1d",
  ];
  const on = (name: string, summary: string, ...shown: readonly number[]): Command =>
    talking(
      newCommand(
        name,
        summary,
        shown.map((at) => examples[at] ?? ""),
      ),
    ).argument("<queue>", "its name; task/<id> for a task's own");
  return newGroup("queues", "look at queues, pause and resume them, give them another limit", examples)
    .addCommand(
      talking(newCommand("list", "list queues with what waits in them", examples.slice(0, 1))).action(
        (options: ServerOptions) => list(cli, options),
      ),
    )
    .addCommand(
      on("pause", "begin none of its runs until it is resumed", 1).action(
        (name: string, options: ServerOptions) => change(cli, options, (queues) => queues.pause(name)),
      ),
    )
    .addCommand(
      on("resume", "end a pause", 1).action((name: string, options: ServerOptions) =>
        change(cli, options, (queues) => queues.resume(name)),
      ),
    )
    .addCommand(
      on("limit", "let so many of its runs work at once, whatever the code says", 2, 4)
        .argument("<limit>", "a whole number")
        .option("--concurrency-key <key>", "of this concurrency key alone, for a time")
        .option("--ttl <duration>", "how long, with --concurrency-key: 7d unless said, 30d at most")
        .action((name: string, text: string, options: KeyOptions) => limit(cli, name, text, options)),
    )
    .addCommand(
      on("reset", "the code's limit again", 3)
        .option("--concurrency-key <key>", "for this concurrency key what counts for each")
        .action((name: string, options: KeyOptions) => reset(cli, name, options)),
    );
}
