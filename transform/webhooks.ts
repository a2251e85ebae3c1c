/**
 * The webhooks of a module, read from their source: what checks a delivery does not load the author's code.
 *
 * Owns:      what `source`, `endpoint`, `filter` and the `match` of a waiter may be, and how their mistakes are told.
 */
import { parseFilter } from "../filters/parse.ts";
import type { Filter } from "../filters/passes.ts";
import { type CallExpression, type Node, type ObjectExpression, propertyName, unwrap } from "./ast.ts";
import { constantValue, objectOf, property, textOf } from "./literals.ts";
import { holdfastName } from "./ours.ts";
import { report, type Work } from "./work.ts";

/** An address that deliveries come to. */
export interface FoundEndpoint {
  readonly id: string;
  readonly provider: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** What a task has to do with one. */
export interface FoundSubscription {
  readonly endpoint: string;
  readonly filter?: Filter;
  /** The run gets the event alone, as that of a `task` does; else with its headers. */
  readonly isBare?: true;
}

const providerForm = /^webhook(?:s|Sources)\.([A-Za-z]+)$/;

const refuse = (work: Work, node: Node, what: string, fix: string): undefined =>
  void report(work, "HF121", node, what, fix);

/** Looks at a call: an endpoint is noted, and what a waiter matches. */
export function findWebhook(work: Work, call: CallExpression): void {
  const name = holdfastName(work, call.callee);
  if (name === "webhooks.endpoint.define") endpointOf(work, call);
  if (name === "webhooks.waiter.create") noteMatch(work, call);
}

/** The options of a task or webhook: what it has to do with which endpoint. */
export function subscriptionOf(
  work: Work,
  options: ObjectExpression,
  id: string,
  isWebhook: boolean,
): FoundSubscription | undefined {
  const own = isWebhook ? options : nestedOf(work, options);
  if (own === undefined) return undefined;
  const endpoint = property(own, "endpoint");
  const known = endpoint === undefined ? ownEndpoint(work, own, id) : sharedEndpoint(work, endpoint.value);
  const filter = filterOf(work, own);
  if (known === undefined) return undefined;
  return {
    endpoint: known,
    ...(filter === undefined ? {} : { filter }),
    ...(isWebhook ? {} : { isBare: true }),
  };
}

/** `webhook: { source, filter }` of a task. */
function nestedOf(work: Work, options: ObjectExpression): ObjectExpression | undefined {
  const found = property(options, "webhook");
  if (found === undefined) return undefined;
  const nested = objectOf(work, found.value);
  const fix = "Write `webhook: { source: webhooks.github() }` in the options.";
  return nested ?? refuse(work, found.node, "The `webhook` of this task is no object literal.", fix);
}

/** An address of its own, with the id of the task. */
function ownEndpoint(work: Work, own: ObjectExpression, id: string): string | undefined {
  const source = sourceOf(work, own);
  if (source === undefined) return undefined;
  work.endpoints.push({ id, ...source });
  return id;
}

/** One that several share: by its id, or by the constant that it is in. */
function sharedEndpoint(work: Work, node: Node): string | undefined {
  const id = textOf(work, node);
  if (id !== undefined) return id;
  const call = constantValue(work, unwrap(node)) ?? unwrap(node);
  const isDefined =
    call.type === "CallExpression" && holdfastName(work, call.callee) === "webhooks.endpoint.define";
  const found = isDefined ? idOf(work, call) : undefined;
  const fix = 'Define it in this file, or give its id: `endpoint: "payments"`.';
  return found ?? refuse(work, node, "The endpoint of this webhook cannot be found in this file.", fix);
}

function idOf(work: Work, call: CallExpression): string | undefined {
  const options = call.arguments[0] && objectOf(work, call.arguments[0]);
  const id = options && property(options, "id");
  return id && textOf(work, id.value);
}

function endpointOf(work: Work, call: CallExpression): void {
  const options = call.arguments[0] && objectOf(work, call.arguments[0]);
  const id = idOf(work, call);
  if (options === undefined || id === undefined) {
    refuse(work, call, "The id of this endpoint cannot be read in the source.", 'Write `id: "payments"`.');
    return;
  }
  const source = sourceOf(work, options);
  if (source !== undefined) work.endpoints.push({ id, ...source });
}

/** `webhooks.stripe({ … })`, directly or by a constant. */
function sourceOf(work: Work, options: ObjectExpression): Omit<FoundEndpoint, "id"> | undefined {
  const found = property(options, "source");
  const fix = "Write `source: webhooks.stripe()`, with options that are written in this file.";
  if (found === undefined) return refuse(work, options, "This webhook has no `source`.", fix);
  const call = constantValue(work, unwrap(found.value)) ?? unwrap(found.value);
  const name = call.type === "CallExpression" ? holdfastName(work, call.callee) : undefined;
  const provider = providerForm.exec(name ?? "")?.[1];
  if (provider === undefined || call.type !== "CallExpression")
    return refuse(work, found.node, "The `source` of this webhook cannot be read in the source.", fix);
  const given = call.arguments.map((argument) => literalOf(work, argument));
  if (given.includes(undefined))
    return refuse(work, call, "The options of this source cannot be read in the source.", fix);
  const [first = {}, second = {}] = given as Record<string, unknown>[];
  return { provider, options: provider === "custom" ? { ...second, verifier: first } : first };
}

function filterOf(work: Work, options: ObjectExpression): Filter | undefined {
  const found = property(options, "filter");
  if (found === undefined) return undefined;
  const text = textOf(work, found.value);
  const fix = "Write it as a string: `filter: \"event.type == 'invoice.paid'\"`.";
  if (text === undefined)
    return refuse(work, found.node, "The filter of this webhook cannot be read in the source.", fix);
  try {
    return parseFilter(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return refuse(work, found.node, `The filter of this webhook is not valid: ${why}.`, fix);
  }
}

/** The paths that a waiter matches: a delivery looks for the waiters that have its values there. */
function noteMatch(work: Work, call: CallExpression): void {
  const given = call.arguments[1];
  const options = given && objectOf(work, given);
  const match = options && property(options, "match");
  const isSpread = options?.properties.some(({ type }) => type !== "Property") ?? false;
  // Without a match the waiter has an address of its own.
  if (given === undefined || (options !== undefined && match === undefined && !isSpread)) return;
  const values = match && objectOf(work, match.value);
  const paths = values?.properties.map((item) =>
    item.type === "Property" ? propertyName(item.key, item.computed) : undefined,
  );
  if (paths === undefined || paths.includes(undefined)) {
    const fix = 'Write `match: { "event.data.object.id": id }` in the call.';
    refuse(work, call, "What this waiter matches cannot be read in the source.", fix);
    return;
  }
  const sorted = (paths as string[]).sort();
  work.matches.push(sorted);
  // As `filterPath` in `engine/waiters.ts`: there are waiters with filters of their own, which may come out of a spread.
  if (isSpread || (options && property(options, "filter")) !== undefined)
    work.matches.push([...sorted, "filter"].sort());
}

/** A value that can be read without running anything; undefined: it cannot. */
function literalOf(work: Work, node: Node): unknown {
  const plain = unwrap(node);
  if (plain.type === "Literal" && plain.value !== null && typeof plain.value !== "object") return plain.value;
  const text = textOf(work, plain);
  if (text !== undefined) return text;
  const object = objectOf(work, plain);
  if (object !== undefined) return literalObject(work, object);
  if (plain.type === "ArrayExpression") {
    const items = plain.elements.map((each) => (each === null ? undefined : literalOf(work, each)));
    return items.includes(undefined) ? undefined : items;
  }
  const constant = constantValue(work, plain);
  return constant === undefined ? undefined : literalOf(work, constant);
}

function literalObject(work: Work, object: ObjectExpression): object | undefined {
  const entries = object.properties.map((item) => {
    if (item.type !== "Property") return undefined;
    const name = propertyName(item.key, item.computed);
    const value = literalOf(work, item.value);
    return name === undefined || value === undefined ? undefined : ([name, value] as const);
  });
  return entries.includes(undefined) ? undefined : Object.fromEntries(entries as [string, unknown][]);
}
