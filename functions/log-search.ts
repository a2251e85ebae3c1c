/**
 * A search through a log of many writers, for one request: what is asked, what is found, and the place to go on from.
 *
 * Never: names a cloud. `functions/aws/cloudwatch-search.ts` searches CloudWatch.
 */
import * as z from "zod";
import { FormError } from "./problem.ts";

/** What is looked for. */
export interface Search {
  readonly group: string;
  /** In CloudWatch's words. */
  readonly pattern: string;
  /** Unix milliseconds, both included. */
  readonly from: number;
  readonly until?: number | undefined;
  /** Else the oldest come first. */
  readonly newestFirst?: true;
  /** Events at most. */
  readonly limit: number;
  /** Where an earlier search of the same was left. */
  readonly token?: string | undefined;
}

/** One of the log's events. */
export interface FoundEvent {
  readonly id: string;
  /** Unix milliseconds. */
  readonly time: number;
  readonly text: string;
}

/** What was found. With a token it has not come to its end: there may be more, also where nothing was found. */
export interface Found {
  readonly events: readonly FoundEvent[];
  readonly token?: string;
}

/**
 * Searches within the bounds of a request.
 * @throws NotSearched where nothing at all could be learned, FormError HF207 for a token that is none (any more).
 */
export type LogSearch = (search: Search) => Promise<Found>;

/** The log did not let itself be searched: too slow, too much asked of it, or not allowed. */
export class NotSearched extends Error {}

/** The token, or what is in the cursor, is nothing that was given, or is too old. */
export function badPlace(): FormError {
  const issue = { path: "after", message: "Must be what the page before has given, within a day." };
  const what = `The query does not have the expected form. ${issue.path}: ${issue.message}`;
  return new FormError(what, "Leave it out, to begin anew.", [issue]);
}

/** A place as the text that goes to a caller and comes back. */
export const cursorOf = (place: object): string => Buffer.from(JSON.stringify(place)).toString("base64url");

/** The place in such a text. @throws FormError HF207 */
export function placeIn<T>(cursor: string, form: z.ZodType<T>): T {
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    throw badPlace();
  }
  const { success, data } = form.safeParse(read);
  if (!success) throw badPlace();
  return data;
}

/** What a cursor may be like in a query: a token of CloudWatch's is in it. */
export const cursorText = z.string().min(1).max(8_192);

/** A time in a cursor. */
export const timeInPlace = z.number().int().min(0).max(8_640_000_000_000_000);
