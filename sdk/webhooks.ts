/**
 * `webhook()`: a task that a provider's deliveries start; and waiters for one delivery.
 *
 * Never: checks a signature: that is done before a run is stored, where no author's code is loaded. So source, endpoint and
 *        filter are read in the source when the code is built.
 */
import { HoldfastError } from "../engine/errors.ts";
import type { CanceledWaiter } from "../engine/waiters.ts";
import type { AlertRequest, AlertWebhook } from "./alert-events.ts";
import type { Context } from "./context.ts";
import type { Duration } from "./duration.ts";
import { durable } from "./link.ts";
import { onlyInside, type Task, taskFrom } from "./task.ts";
import { checkTask, type TaskOptions } from "./task-options.ts";
import type { TokenPromise } from "./tokens.ts";
import { type WebhookSource, webhookSources } from "./webhook-sources.ts";

/** The address that a delivery came to. */
export interface WebhookEndpointContext {
  readonly id: string;
  readonly declaredId: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What the run of a delivery gets as its payload; `webhook.trigger({ event })` gives the same. */
export interface WebhookTaskPayload<Event> {
  readonly event: Event;
  /** Without signatures and credentials; names in small letters. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly endpoint?: WebhookEndpointContext;
}

declare const sent: unique symbol;

/** An address that a provider sends to: `POST /hooks/<id>`. */
export interface WebhookEndpoint<Event = unknown> {
  readonly id: string;
  readonly source: string;
  /** There for the types alone. */
  readonly [sent]?: Event;
}

/** What `onEvent` gets. */
export interface WebhookEventParams<Event> {
  readonly event: Event;
  readonly headers: Headers;
  /** Absent where the task was triggered by hand. */
  readonly endpoint?: WebhookEndpointContext;
  readonly ctx: Context;
}

/** Who sends, or the address that it shares with others. */
type Where<Event> =
  | { readonly source: WebhookSource<Event>; readonly endpoint?: never }
  | { readonly endpoint: WebhookEndpoint<Event> | string; readonly source?: never };

/** The options of `webhook()`: those of a task, but `run`. */
export type WebhookOptions<Id extends string, Event> = Omit<
  TaskOptions<Id, WebhookTaskPayload<Event>, void>,
  "run" | "webhook"
> &
  Where<Event> & {
    /** Which deliveries start a run: `"event.type == 'invoice.paid' && event.data.object.amount_due > 0"`. */
    readonly filter?: string;
    readonly onEvent: (params: WebhookEventParams<Event>) => Promise<void> | void;
  };

/**
 * Defines a task that each delivery of a provider starts, at `POST /hooks/<id>`. The signature is checked over the bytes that
 * came before anything is stored; the provider's event id is the idempotency key.
 *
 * @throws HoldfastError HF502 for an id that is taken, HF503 for options that are not valid.
 * @example
 * ```ts
 * import { webhook, webhooks } from "holdfast";
 *
 * export const paid = webhook({
 *   id: "invoice-paid",
 *   source: webhooks.stripe<{ type: string; data: { object: { id: string } } }>(),
 *   filter: "event.type == 'invoice.paid'",
 *   onEvent: async ({ event }) => {
 *     console.log(event.data.object.id);
 *   },
 * });
 * ```
 */
export function webhook<const Id extends string, Event>(
  options: WebhookOptions<Id, Event>,
): Task<Id, WebhookTaskPayload<Event>, void> {
  const { onEvent, source, endpoint, filter, ...rest } = options;
  if (typeof onEvent !== "function" || (source === undefined) === (endpoint === undefined)) {
    const what = `Webhook ${JSON.stringify(options.id)}: it needs onEvent, and either a source or an endpoint.`;
    throw new HoldfastError(
      "HF503",
      what,
      "Write `source: webhooks.stripe(), onEvent: async ({ event }) => { … }`.",
    );
  }
  const definition = checkTask({ ...rest, run: onEvent } as unknown as TaskOptions<Id, never, void>);
  return taskFrom(options.id, {
    ...definition,
    argumentsOf({ headers, ...payload }: WebhookTaskPayload<Event>, { ctx }) {
      return [{ ...payload, headers: new Headers(headers), ctx }];
    },
  });
}

/** What `webhooks.waiter.create` takes. */
export interface CreateWebhookWaiterOptions {
  /**
   * What a delivery must have, by path: `{ "event.data.object.id": payment.id }`; 1 to 5 of them. In a task, which paths there
   * are is read in the source; outside of runs any, in 25 sets for each endpoint. Without it the waiter has an address of its own.
   */
  readonly match?: Readonly<Record<string, string | number | boolean>>;
  /**
   * What a delivery must pass besides: `"event.type == 'invoice.paid' && event.data.object.amount_due > 0"`. Waiters with the same
   * `match` may have 10 filters.
   */
  readonly filter?: string;
  /** How long to wait, or until when; at most 90 days. @default "24h" */
  readonly timeout?: Duration | Date;
  readonly tags?: string | readonly string[];
  /** The same key gives the waiter that was first made with it. Inside a run it holds within that run. */
  readonly idempotencyKey?: string | readonly string[];
  /** How long the key holds; 30 days by default. */
  readonly idempotencyKeyTTL?: Duration;
}

/** A waiter: give it to `webhooks.waiter.wait`. */
export interface WebhookWaiter<Event = unknown> {
  readonly id: string;
  /** Without `match`: where the provider has to send. A delivery there is checked as any other of the endpoint, and ends this waiter alone. */
  readonly url?: string;
  readonly expiresAt: Date;
  /** Somebody waits, or has waited, for the same. */
  readonly isCached: boolean;
  /** There for the types alone. */
  readonly [sent]?: Event;
}

/** The delivery that a waiter has waited for. */
export interface WebhookWaiterOutput<Event = unknown> extends WebhookTaskPayload<Event> {
  readonly deliveryId: string;
}

/** What became of a cancel: a delivery may have come, or the time may be over (then without a `deliveryId`). */
export type CancelWebhookWaiterResult = CanceledWaiter;

const outside = () => import("./waiters-outside.ts");

/**
 * Senders, addresses, and waiters for one delivery.
 *
 * @example
 * ```ts
 * import { task, webhooks } from "holdfast";
 *
 * const payments = webhooks.endpoint.define({ id: "payments", source: webhooks.stripe() });
 *
 * export const charge = task({
 *   id: "charge-and-wait",
 *   run: async ({ order }: { order: string }) => {
 *     const waiter = await webhooks.waiter.create(payments, {
 *       match: { "event.data.object.metadata.order": order },
 *       timeout: "1h",
 *     });
 *     await fetch("https://shop.example.com/charge", { method: "POST", body: order });
 *     const { event } = await webhooks.waiter.wait(waiter).unwrap();
 *     return event;
 *   },
 * });
 * ```
 */
export const webhooks = {
  ...webhookSources,
  endpoint: {
    /** An address, `POST /hooks/<id>`, that several webhooks and waiters share. @throws HoldfastError HF506 for Trigger.dev's `metadata` */
    define: <const Id extends string, Event>({
      id,
      source,
      ...more
    }: {
      readonly id: Id;
      readonly source: WebhookSource<Event>;
      /** For people who read the file. */
      readonly description?: string;
    }): WebhookEndpoint<Event> & { readonly id: Id } => {
      if (!("metadata" in more)) return { id, source: source.provider };
      const fix = "Keep it in a constant beside the endpoint: the tasks that it starts can read that.";
      throw new HoldfastError("HF506", `The endpoint "${id}" has metadata, which is not supported.`, fix);
    },
  },
  waiter: {
    /**
     * Makes ready for the first delivery that matches; do it before what makes the provider send. Two with the same `match` and
     * `filter` wait for the same delivery, also when it has come already. Outside of a run it is made at the server.
     * @throws HoldfastError HF510 for options that are not valid; outside of a run NotFoundError for an endpoint that is not deployed
     */
    create: durable(
      "webhooks.waiter.create",
      [],
      async <Event>(
        endpoint: WebhookEndpoint<Event>,
        options?: CreateWebhookWaiterOptions,
      ): Promise<WebhookWaiter<Event>> => (await outside()).createWaiterOutside(endpoint, options),
    ),
    /** Waits for it, at no cost. `unwrap()` throws `WaitpointTimeoutError` when none came in time, `WebhookWaiterCancelledError` after a cancel. Only inside a run. */
    wait: durable(
      "wait.forToken",
      [],
      <Event>(_waiter: WebhookWaiter<Event> | string): TokenPromise<WebhookWaiterOutput<Event>> =>
        onlyInside("webhooks.waiter.wait"),
    ),
    /**
     * Ends a waiter: whoever waits is given a `WebhookWaiterCancelledError`. Too late where a delivery has come. A later waiter with
     * the same `match` is this one, and canceled.
     * @throws NotFoundError, in a run HoldfastError HF208, for what is no waiter
     */
    cancel: durable(
      "webhooks.waiter.cancel",
      [],
      async (waiter: WebhookWaiter | string): Promise<CancelWebhookWaiterResult> =>
        (await outside()).cancelWaiterOutside(waiter),
    ),
  },
  /**
   * An alert of Trigger.dev's, for whoever still gets them: checked with the alert's secret. For what providers send see `webhook()`.
   * @throws WebhookError for a wrong signature or a body that is no alert
   */
  constructEvent: async (request: AlertRequest, secret: string): Promise<AlertWebhook> =>
    (await import("./alert-events.ts")).constructAlert(request, secret),
  /** The header that the signature of such an alert is in. */
  SIGNATURE_HEADER_NAME: "x-trigger-signature-hmacsha256",
} as const;
