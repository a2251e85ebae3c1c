/** What became of deliveries where the notes are lines of the api's log: found by a search, the newest first. */
import * as z from "zod";
import {
  type DeliveryLog,
  type DeliveryNote,
  type DeliveryQuery,
  deliveryMessage,
  deliveryOutcomes,
} from "./delivery-notes.ts";
import { objectIn } from "./line-in-log.ts";
import { cursorOf, type FoundEvent, type LogSearch, placeIn, timeInPlace } from "./log-search.ts";

/** Notes that a search finds. */
export type FoundDeliveries = Omit<DeliveryLog, "note">;

const noteForm = z.object({
  message: z.literal(deliveryMessage),
  delivery: z.object({
    outcome: z.enum(deliveryOutcomes),
    endpoint: z.string(),
    isKnown: z.boolean(),
    runs: z.array(z.object({ id: z.string(), isCached: z.boolean(), taskIdentifier: z.string() })),
    waiters: z.number(),
    why: z.object({ code: z.string(), message: z.string() }).optional(),
  }),
});

function noteIn({ time, text }: FoundEvent): DeliveryNote | undefined {
  const { success, data } = noteForm.safeParse(objectIn(text));
  if (!success) return undefined;
  const { why, ...delivery } = data.delivery;
  return { at: time, ...delivery, ...(why === undefined ? {} : { why }) };
}

/** An address with other characters is looked for among all: what CloudWatch takes for a sign of its own finds others, too. */
const isPlain = (text: string): boolean => /^[\w.-]+$/.test(text);

function patternOf({ endpoint, outcome }: Pick<DeliveryQuery, "endpoint" | "outcome">): string {
  const terms = [
    `$.message = "${deliveryMessage}"`,
    ...(endpoint !== undefined && isPlain(endpoint) ? [`$.delivery.endpoint = "${endpoint}"`] : []),
    ...(outcome === undefined ? [] : [`$.delivery.outcome = "${outcome}"`]),
  ];
  return `{ ${terms.join(" && ")} }`;
}

const placeForm = z.strictObject({ from: timeInPlace, token: z.string().min(1) });
const dayMs = 86_400_000;

/** The notes in this group, whose lines are kept for so many days. */
export function foundDeliveries(
  group: string,
  search: LogSearch,
  days: number,
  now: () => number,
): FoundDeliveries {
  return {
    group,
    async search({ endpoint, outcome, after, limit }) {
      const begun = { from: now() - days * dayMs, token: undefined };
      const { from, token } = after === undefined ? begun : placeIn(after, placeForm);
      const pattern = patternOf({ ...(endpoint && { endpoint }), ...(outcome && { outcome }) });
      const found = await search({ group, pattern, from, token, limit, newestFirst: true });
      const deliveries = found.events.flatMap((event) => {
        const note = noteIn(event);
        return note === undefined || (endpoint !== undefined && note.endpoint !== endpoint) ? [] : [note];
      });
      const next = found.token === undefined ? {} : { next: cursorOf({ from, token: found.token }) };
      return { deliveries, ...next };
    },
  };
}
