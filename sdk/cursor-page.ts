/**
 * Lists in pages: one page can be awaited, and all of them gone through.
 *
 * Invariant: a page of a recorded list that a task has awaited is kept in the run's journal, with what leads to the next
 *            one: no pass asks for it again. Not so of a `TriggerClient`: its key is in no journal.
 */
import { registerCodec } from "../engine/codec.ts";
import { callingApart } from "./config.ts";

/** A page of a list. `for await (const item of page)` goes through this page and all that follow. */
interface CursorPage<T> extends AsyncIterable<T> {
  readonly data: T[];
  readonly pagination: Around;
  /** Whether there is more behind this page. */
  hasNextPage(): boolean;
  /** Whether there may be more before this page. */
  hasPreviousPage(): boolean;
  /** The next page. Rejects when there is none: ask `hasNextPage` first. */
  getNextPage(): Promise<CursorPage<T>>;
  /** The page before this one, in the same order. Rejects when there is none: ask `hasPreviousPage` first. */
  getPreviousPage(): Promise<CursorPage<T>>;
}

/** Where the pages around one begin; a list that gives no `previous` is gone through forwards. */
export interface Around {
  readonly next?: string;
  readonly previous?: string;
}

/** Behind which item a page begins, or before which it ends; neither: the first. */
export interface Place {
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

/** A page to come: await it, or go through all items at once. */
export type CursorPagePromise<T> = Promise<CursorPage<T>> & AsyncIterable<T>;

type Fetched<T> = Pick<CursorPage<T>, "data" | "pagination">;

/** Gets the page at a place. */
type Fetch<T> = (place: Place) => Promise<Fetched<T>>;

async function* everything<T>(first: CursorPage<T> | Promise<CursorPage<T>>): AsyncGenerator<T> {
  let page = await first;
  for (;;) {
    yield* page.data;
    if (!page.hasNextPage()) return;
    page = await page.getNextPage();
  }
}

/** Makes another page. */
type Turn<T> = (place: Place) => Promise<CursorPage<T>>;

class Page<T> implements CursorPage<T> {
  readonly data: T[];
  readonly pagination: Around;
  readonly #turn: Turn<T>;

  constructor({ data, pagination }: Fetched<T>, turn: Turn<T>) {
    this.data = data;
    this.pagination = pagination;
    this.#turn = turn;
  }

  hasNextPage(): boolean {
    return this.pagination.next !== undefined;
  }

  async getNextPage(): Promise<CursorPage<T>> {
    return this.#turnTo("Next", this.pagination.next, undefined);
  }

  hasPreviousPage(): boolean {
    return this.pagination.previous !== undefined;
  }

  async getPreviousPage(): Promise<CursorPage<T>> {
    return this.#turnTo("Previous", undefined, this.pagination.previous);
  }

  #turnTo(which: string, after: string | undefined, before: string | undefined): Promise<CursorPage<T>> {
    if ((after ?? before) === undefined)
      throw new RangeError(`There is no ${which.toLowerCase()} page; ask has${which}Page() first.`);
    return this.#turn({ after, before });
  }

  [Symbol.asyncIterator](): AsyncGenerator<T> {
    return everything(this);
  }
}

const promised = <T>(page: Promise<CursorPage<T>>): CursorPagePromise<T> =>
  Object.assign(page, { [Symbol.asyncIterator]: () => everything(page) });

/** The first page of a list; `fetch` gets the one at a place. */
export function firstPage<T>(fetch: Fetch<T>): CursorPagePromise<T> {
  const pageAt = async (place: Place): Promise<CursorPage<T>> => new Page(await fetch(place), pageAt);
  return promised(pageAt({}));
}

/** The place that a list was asked for, or the one that a page of it leads to. */
export const placeOf = (asked: Place, place: Place): Place =>
  place.after === undefined && place.before === undefined ? asked : place;

/** What has been asked for; it can be recorded. */
interface Asking {
  readonly list: string;
  readonly asked: unknown;
}

const lists = new Map<string, (asked: unknown, place: Place) => Promise<Fetched<unknown>>>();

class RecordedPage<T> extends Page<T> {
  readonly #asking: Asking;

  constructor(fetched: Fetched<T>, asking: Asking) {
    super(fetched, (place) => recordedPage<T>(asking, place));
    this.#asking = asking;
  }

  /** The form in which it is recorded. */
  static toRecord(page: RecordedPage<unknown>): Asking & Fetched<unknown> {
    const { data, pagination } = page;
    return { ...page.#asking, data, pagination };
  }
}

async function recordedPage<T>(asking: Asking, place: Place): Promise<CursorPage<T>> {
  const fetch = lists.get(asking.list);
  if (fetch === undefined)
    throw new RangeError(
      `This code asks for no list of ${asking.list} any more: no other page of it is known.`,
    );
  return new RecordedPage((await fetch(asking.asked, place)) as Fetched<T>, asking);
}

registerCodec(RecordedPage<unknown>, "holdfast:page", {
  toJSON: RecordedPage.toRecord,
  fromJSON: ({ list, asked, ...fetched }) => new RecordedPage(fetched, { list, asked }),
});

/**
 * A list whose pages are recorded in a run. `name` goes into journals; so does what is asked for, which the codec has to
 * keep. Called at the top of a module, so that each process knows the list.
 */
export function recordedList<A, T>(
  name: string,
  fetch: (asked: A, place: Place) => Promise<Fetched<T>>,
): (asked: A) => CursorPagePromise<T> {
  lists.set(name, fetch as (asked: unknown, place: Place) => Promise<Fetched<unknown>>);
  return (asked) => {
    const call = callingApart();
    return call === undefined
      ? promised(recordedPage<T>({ list: name, asked }, {}))
      : firstPage((place) => call(() => fetch(asked, place)));
  };
}
