/**
 * A search through a log group in CloudWatch, bounded so that it fits into a request.
 *
 * CloudWatch gives what it finds in pages, many of them empty, and an account has five such calls a second in all: so a search
 * ends behind so many calls, or so long, with what it has and the place to go on from.
 *
 * Invariant: what was found is given, whatever becomes of the calls behind it.
 */
import { type CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { badPlace, type Found, type FoundEvent, NotSearched, type Search } from "../log-search.ts";
import { makeLogsClient } from "./logs-client.ts";

/** What one search may take. */
export interface SearchBounds {
  readonly calls: number;
  readonly ms: number;
  /** Of text: an answer has room for so much. */
  readonly chars: number;
}

const bounds: SearchBounds = { calls: 6, ms: 8_000, chars: 2_000_000 };

/** One call. @throws FormError for a token that CloudWatch does not take, else what the client throws */
async function pageOf(
  client: CloudWatchLogsClient,
  search: Search,
  more: { readonly token: string | undefined; readonly limit: number },
  abortSignal: AbortSignal,
): Promise<Found> {
  const { group, pattern, from, until, newestFirst } = search;
  const command = new FilterLogEventsCommand({
    logGroupName: group,
    filterPattern: pattern,
    startTime: from,
    limit: more.limit,
    ...(until === undefined ? {} : { endTime: until }),
    ...(newestFirst === undefined ? {} : { startFromHead: false }),
    ...(more.token === undefined ? {} : { nextToken: more.token }),
  });
  try {
    const { events = [], nextToken } = await client.send(command, { abortSignal });
    const found = events.map(({ eventId: id = "", timestamp: time = 0, message: text = "" }) => ({
      ...{ id, time, text },
    }));
    return { events: found, ...(nextToken === undefined ? {} : { token: nextToken }) };
  } catch (error) {
    const isRefusedToken =
      search.token !== undefined && error instanceof Error && error.name === "InvalidParameterException";
    throw isRefusedToken ? badPlace() : error;
  }
}

const charsOf = (events: readonly FoundEvent[]): number =>
  events.reduce((sum, { text }) => sum + text.length, 0);

/** Searches with this client, within these bounds. @throws NotSearched where the first call failed, FormError HF207 */
export async function searchBy(
  client: CloudWatchLogsClient,
  search: Search,
  { calls, ms, chars }: SearchBounds = bounds,
): Promise<Found> {
  const signal = AbortSignal.timeout(ms);
  const events: FoundEvent[] = [];
  let token = search.token;
  for (let call = 1; call <= calls; call++) {
    try {
      const page = await pageOf(client, search, { token, limit: search.limit - events.length }, signal);
      events.push(...page.events);
      token = page.token;
    } catch (error) {
      if (call > 1) break;
      if (!(error instanceof Error) || error.name === "HoldfastError") throw error;
      throw new NotSearched(`${search.group}: ${error.name}: ${error.message}`, { cause: error });
    }
    if (token === undefined || events.length >= search.limit || charsOf(events) >= chars) break;
  }
  return { events, ...(token === undefined ? {} : { token }) };
}

let made: CloudWatchLogsClient | undefined;

/** Searches in this function's region, with its rights. @throws NotSearched, FormError HF207 */
export function cloudWatchSearch(search: Search): Promise<Found> {
  made ??= makeLogsClient();
  return searchBy(made, search);
}
