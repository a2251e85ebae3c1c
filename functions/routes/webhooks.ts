/**
 * The routes of webhooks for people: which addresses there are, and what became of what was sent there.
 *
 * Never: shows a secret, only the name of the setting that holds it and whether it is set; nor anything of a delivery's body.
 */
import type { Context, Hono } from "hono";
import * as z from "zod";
import {
  type DeliveryLog,
  type DeliveryNote,
  type DeliveryNotes,
  deliveryMessage,
  deliveryOutcomes,
} from "../delivery-notes.ts";
import type { HttpDeps, TaskListing, WebhookListing } from "../deps.ts";
import { cursorText } from "../log-search.ts";
import { noQuery, queryForm, queryOf, wholeNumber } from "../query.ts";
import { checkedSource } from "../webhook-source.ts";
import { notRead } from "./logs.ts";

const limitMost = 100;

const asked = {
  endpoint: z.string().min(1).max(512).optional(),
  outcome: z.enum(deliveryOutcomes, `Must be one of ${deliveryOutcomes.join(", ")}.`).optional(),
  limit: wholeNumber(1, limitMost).optional(),
};
export const deliveriesForm = queryForm({
  ...asked,
  after: wholeNumber(1, Number.MAX_SAFE_INTEGER).optional(),
});
const searchQuery = queryForm({ ...asked, after: cursorText.optional() });

/** Where providers send to; by what the request's URL says where nothing else is known. */
function addressOf(c: Context, { publicUrl }: HttpDeps, id: string): string {
  const base = publicUrl?.replace(/\/+$/, "") ?? new URL(c.req.url).origin;
  return `${base}/hooks/${encodeURIComponent(id)}`;
}

/** Options that are not valid are told in the code's errors, and by each delivery: here only what is known is shown. */
function settingOf({ provider, options, tasks }: WebhookListing): string | undefined {
  const own = tasks.find(({ secret }) => secret !== undefined)?.secret;
  if (own !== undefined) return own;
  try {
    return checkedSource(provider, options).setting;
  } catch {
    return undefined;
  }
}

const isSet = (secrets: readonly string[] | undefined): boolean =>
  secrets?.some((secret) => secret !== "") === true;

/** The addresses of sources, then those of tasks that name a secret of their own. */
function endpoints(c: Context, deps: HttpDeps): Response {
  noQuery(c);
  const defined = deps.code.webhooks?.() ?? [];
  const shared = new Set(defined.flatMap(({ tasks }) => tasks.map(({ id }) => id)));
  const bySource = defined.map((listing) => {
    const setting = settingOf(listing);
    const secrets = setting === undefined ? undefined : deps.secretsNamed?.(setting);
    return {
      id: listing.id,
      url: addressOf(c, deps, listing.id),
      provider: listing.provider,
      tasks: listing.tasks.map(({ id }) => id),
      ...(setting === undefined ? {} : { setting }),
      hasSecret: isSet(secrets),
    };
  });
  const byTask = ({ id, webhookSecret: setting }: TaskListing): object => ({
    id,
    url: addressOf(c, deps, id),
    provider: "standard",
    tasks: [id],
    setting,
    hasSecret: isSet(deps.webhookSecret(id)),
  });
  const own = deps.code
    .tasks()
    .filter(({ id, webhookSecret }) => webhookSecret !== undefined && !shared.has(id));
  return c.json({ data: [...bySource, ...own.map(byTask)] });
}

const view = ({ at, ...delivery }: DeliveryNote): object => ({
  at: new Date(at).toISOString(),
  ...delivery,
});

/** CloudWatch's own way to write a text. */
const quoted = (text: string): string => `"${text.replace(/[\\"]/g, "\\$&")}"`;

function queryFor({ endpoint, outcome }: z.infer<typeof searchQuery>): string {
  const filters = [
    `message = ${quoted(deliveryMessage)}`,
    ...(endpoint === undefined ? [] : [`delivery.endpoint = ${quoted(endpoint)}`]),
    ...(outcome === undefined ? [] : [`delivery.outcome = ${quoted(outcome)}`]),
  ];
  const fields = "@timestamp, delivery.endpoint, delivery.outcome, delivery.runs.0.id, delivery.why.message";
  return `fields ${fields} | filter ${filters.join(" and ")} | sort @timestamp desc`;
}

/** What is there of these, and nothing of what is not. */
const given = <T extends object>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]: Exclude<T[Name], undefined>;
  };

/** In AWS, out of the api's log. */
async function foundDeliveries(c: Context, deps: HttpDeps, log: DeliveryLog): Promise<Response> {
  const { limit = 50, ...asked } = queryOf(c, searchQuery);
  const [group, query] = [log.group, queryFor(asked)];
  const { deliveries, ...pagination } = await log
    .search({ ...given(asked), limit })
    .catch((error: unknown) => notRead(deps, error, { group, query, whose: "Notes of deliveries" }));
  return c.json({ data: deliveries.map(view), pagination, logGroup: group, query });
}

/** As they are kept. */
function keptDeliveries(c: Context, kept: DeliveryNotes): Response {
  const { after: before, limit = 50, ...asked } = queryOf(c, deliveriesForm);
  const page = kept.page({ limit, ...given({ ...asked, before }) });
  const next = page.more ? page.deliveries.at(-1)?.number : undefined;
  return c.json({ data: page.deliveries.map(view), pagination: next === undefined ? {} : { next } });
}

/** Adds the routes. */
export function webhookRoutes(app: Hono, deps: HttpDeps): void {
  app.get("/api/v1/webhooks/endpoints", (c) => endpoints(c, deps));
  const { deliveries } = deps;
  app.get("/api/v1/webhooks/deliveries", (c) =>
    "group" in deliveries ? foundDeliveries(c, deps, deliveries) : keptDeliveries(c, deliveries),
  );
}
