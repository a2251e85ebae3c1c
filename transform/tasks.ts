/**
 * Finding the tasks of a module.
 *
 * Owns:      what counts as a task definition, and the refusal of those that cannot be told from the source.
 * Invariant: every call of `task`, `schemaTask`, `schedules.task` and `webhook` of Holdfast is either found or refused.
 */
import { type CallExpression, isFunction, type Node, type ObjectExpression, unwrap } from "./ast.ts";
import { constantValue, objectOf, property, textOf } from "./literals.ts";
import { longRunningIn, warnAboutLong } from "./long-units.ts";
import { holdfastName } from "./ours.ts";
import { type FoundSchedule, scheduleOf } from "./schedules.ts";
import { type FoundSubscription, subscriptionOf } from "./webhooks.ts";
import { report, type Work } from "./work.ts";

/** A task as the build knows it. */
export interface FoundTask {
  readonly id: string;
  /** POSIX path relative to the project root. */
  readonly file: string;
  readonly line: number;
  readonly description?: string;
  /** Name of the setting that holds the webhook's secret; null: there is one, and it cannot be read in the source. */
  readonly webhookSecret?: string | null;
  /** It may have hooks for ends of which no pass knows. */
  readonly hasEndHooks?: true;
  readonly schedule?: FoundSchedule;
  /** Which deliveries start it, where that is not left to Standard Webhooks. */
  readonly webhook?: FoundSubscription;
  /** In AWS its passes are no invocations of Lambda; null: there is such an option, and it cannot be read in the source. */
  readonly longRunning?: true | null;
  /** The machine that it asks for, and where a run goes on that is out of memory; null: it cannot be read in the source. */
  readonly machine?: string | null;
  readonly largerMachine?: string | null;
}

/** Functions beside `run` whose awaits are recorded. */
const HOOKS = [
  "middleware",
  "init",
  "cleanup",
  "onStart",
  "onStartAttempt",
  "onWait",
  "onResume",
  "onSuccess",
  "onFailure",
  "onComplete",
  "onCancel",
];

const DEFINITIONS = new Set(["task", "schemaTask", "schedules.task", "webhook"]);

/** Looks at a call: a task definition is noted, or refused. */
export function findTask(work: Work, call: CallExpression): void {
  const name = holdfastName(work, call.callee);
  if (name === undefined || !DEFINITIONS.has(name)) return;
  const [first] = call.arguments;
  const options = first === undefined ? undefined : objectOf(work, first);
  if (options === undefined) {
    refuseRun(
      work,
      first ?? call,
      "The options of this task are no object literal, so its `run` cannot be found.",
    );
    return;
  }
  const id = idOf(work, options);
  const schedule = name === "schedules.task" ? scheduleOf(work, options) : undefined;
  const isWebhook = name === "webhook";
  const webhook = id === undefined ? undefined : subscriptionOf(work, options, id, isWebhook);
  if (id !== undefined) addTask(work, options, id, { schedule, webhook });
  checkRun(work, options, isWebhook ? "onEvent" : "run");
  for (const hook of HOOKS) checkHook(work, options, hook);
  warnAboutLong(work, options, property(options, isWebhook ? "onEvent" : "run")?.value);
}

function addTask(
  work: Work,
  options: ObjectExpression,
  id: string,
  { schedule, webhook }: { [K in "schedule" | "webhook"]: FoundTask[K] | undefined },
): void {
  if (work.tasks.some((task) => task.id === id)) {
    const { node } = property(options, "id") ?? { node: options };
    report(
      work,
      "HF111",
      node,
      `Two tasks of this file have the id "${id}".`,
      "Give one of them another id.",
    );
    return;
  }
  const description = optionText(work, options, "description");
  const webhookSecret = optionText(work, options, "webhookSecret");
  work.tasks.push({
    id,
    file: work.file,
    line: work.lines.at(options.start).line,
    ...(typeof description === "string" ? { description } : {}),
    ...(webhookSecret === undefined ? {} : { webhookSecret }),
    ...(mayHear(options) ? { hasEndHooks: true } : {}),
    ...(schedule === undefined ? {} : { schedule }),
    ...(webhook === undefined ? {} : { webhook }),
    ...longRunningOf(work, options),
    ...machinesOf(work, options),
  });
}

/** What is spread into the options may be hooks: then a pass finds out. */
const mayHear = (options: ObjectExpression): boolean =>
  options.properties.some(({ type }) => type !== "Property") ||
  ["onFailure", "onComplete"].some((name) => property(options, name) !== undefined);

function longRunningOf(work: Work, options: ObjectExpression): Pick<FoundTask, "longRunning"> {
  const said = longRunningIn(work, options);
  return said === undefined || said === false ? {} : { longRunning: said };
}

function machinesOf(work: Work, options: ObjectExpression): Pick<FoundTask, "machine" | "largerMachine"> {
  const machine = machineText(work, options);
  const retry = property(options, "retry");
  const retryOptions = retry && objectOf(work, retry.value);
  const outOfMemory = retryOptions && property(retryOptions, "outOfMemory");
  const larger = outOfMemory && objectOf(work, outOfMemory.value);
  const largerMachine = outOfMemory && (larger === undefined ? null : machineText(work, larger));
  return {
    ...(machine === undefined ? {} : { machine }),
    ...(largerMachine === undefined ? {} : { largerMachine }),
  };
}

/** `machine: "micro"`, or `machine: { preset: "micro" }`. */
function machineText(work: Work, options: ObjectExpression): string | null | undefined {
  const found = property(options, "machine");
  const preset = found && objectOf(work, found.value);
  return preset === undefined ? optionText(work, options, "machine") : optionText(work, preset, "preset");
}

/** The text of a property; null where it is not written in the source, undefined where there is none. */
function optionText(work: Work, options: ObjectExpression, name: string): string | null | undefined {
  const found = property(options, name);
  return found === undefined ? undefined : (textOf(work, found.value) ?? null);
}

function idOf(work: Work, options: ObjectExpression): string | undefined {
  const found = property(options, "id");
  const id = found === undefined ? undefined : textOf(work, found.value);
  if (id !== undefined && id !== "") return id;
  report(
    work,
    "HF109",
    found?.node ?? options,
    "Runs that are under way look their task up by its id, so the id has to be readable in the source.",
    'Write the id as a string: `id: "send-receipt"`.',
  );
  return undefined;
}

function checkRun(work: Work, options: ObjectExpression, name: "run" | "onEvent"): void {
  const found = property(options, name);
  if (found !== undefined && isFound(work, unwrap(found.value))) return;
  const what = `The \`${name}\` of this task is not a function that can be seen here, so its awaits would not be recorded.`;
  refuseRun(work, found?.node ?? options, what, name);
}

function checkHook(work: Work, options: ObjectExpression, name: string): void {
  const found = property(options, name);
  if (found === undefined || isFound(work, unwrap(found.value))) return;
  const what = `The \`${name}\` of this task is not a function that can be seen here, so its awaits would not be recorded.`;
  const fix = `Write \`${name}: async ({ ctx, payload }) => { … }\` in the options, or name a function of this file or of a relative import.`;
  report(work, "HF110", found.node, what, fix);
}

function isFound(work: Work, value: Node): boolean {
  if (isFunction(value)) return true;
  if (value.type !== "Identifier") return false;
  const binding = work.scopes.resolve(value.name, value);
  if (binding === undefined) return false;
  if (binding.kind === "function") return true;
  if (binding.kind === "import") return isAuthorsModule(binding.from?.module ?? "");
  const constant = constantValue(work, value);
  return constant !== undefined && isFound(work, constant);
}

/** Relative imports, subpath imports and the usual aliases lead to the author's own files. */
function isAuthorsModule(module: string): boolean {
  return /^(\.|#|@\/|~\/)/.test(module);
}

function refuseRun(work: Work, node: Node, what: string, name = "run"): void {
  const argument = name === "run" ? "payload" : "{ event }";
  const fix = `Write \`${name}: async (${argument}) => { … }\` in the options, or name a function of this file or of a relative import.`;
  report(work, "HF110", node, what, fix);
}
