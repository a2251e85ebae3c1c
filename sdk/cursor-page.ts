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
  readonly data: readonly T[];
  readonly pagination: { readonly next?: string };
  /** Whether there is more behind this page. */
  hasNextPage(): boolean;
  /** The next page. Rejects when there is none: ask `hasNextPage` first. */
  getNextPage(): Promise<CursorPage<T>>;
}

/** A page to come: await it, or go through all items at once. */
export type CursorPagePromise<T> = Promise<CursorPage<T>> & AsyncIterable<T>;

type Fetched<T> = Pick<CursorPage<T>, "data" | "pagination">;

/** Gets the page behind a cursor, without one the first. */
type Fetch<T> = (after?: string) => Promise<Fetched<T>>;

async function* everything<T>(first: CursorPage<T> | Promise<CursorPage<T>>): AsyncGenerator<T> {
  let page = await first;
  for (;;) {
    yield* page.data;
    if (!page.hasNextPage()) return;
    page = await page.getNextPage();
  }
}

/** Makes the next page. */
type Next<T> = (after: string) => Promise<CursorPage<T>>;

class Page<T> implements CursorPage<T> {
  readonly data: readonly T[];
  readonly pagination: { readonly next?: string };
  readonly #next: Next<T>;

  constructor({ data, pagination }: Fetched<T>, next: Next<T>) {
    this.data = data;
    this.pagination = pagination;
    this.#next = next;
  }

  hasNextPage(): boolean {
    return this.pagination.next !== undefined;
  }

  async getNextPage(): Promise<CursorPage<T>> {
    const { next } = this.pagination;
    if (next === undefined) throw new RangeError("There is no next page; ask hasNextPage() first.");
    return this.#next(next);
  }

  [Symbol.asyncIterator](): AsyncGenerator<T> {
    return everything(this);
  }
}

const promised = <T>(page: Promise<CursorPage<T>>): CursorPagePromise<T> =>
  Object.assign(page, { [Symbol.asyncIterator]: () => everything(page) });

/** The first page of a list; `fetch` gets the page behind a cursor. */
export function firstPage<T>(fetch: Fetch<T>, after?: string): CursorPagePromise<T> {
  const pageAt = async (behind?: string): Promise<CursorPage<T>> => new Page(await fetch(behind), pageAt);
  return promised(pageAt(after));
}

/** What has been asked for; it can be recorded. */
interface Asking {
  readonly list: string;
  readonly asked: unknown;
}

const lists = new Map<string, (asked: unknown, after?: string) => Promise<Fetched<unknown>>>();

class RecordedPage<T> extends Page<T> {
  readonly #asking: Asking;

  constructor(fetched: Fetched<T>, asking: Asking) {
    super(fetched, (after) => recordedPage<T>(asking, after));
    this.#asking = asking;
  }

  /** The form in which it is recorded. */
  static toRecord(page: RecordedPage<unknown>): Asking & Fetched<unknown> {
    const { data, pagination } = page;
    return { ...page.#asking, data, pagination };
  }
}

async function recordedPage<T>(asking: Asking, after?: string): Promise<CursorPage<T>> {
  const fetch = lists.get(asking.list);
  if (fetch === undefined)
    throw new RangeError(
      `This code asks for no list of ${asking.list} any more: its next page is not known.`,
    );
  return new RecordedPage((await fetch(asking.asked, after)) as Fetched<T>, asking);
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
  fetch: (asked: A, after?: string) => Promise<Fetched<T>>,
): (asked: A, after?: string) => CursorPagePromise<T> {
  lists.set(name, fetch as (asked: unknown, after?: string) => Promise<Fetched<unknown>>);
  return (asked, after) => {
    const call = callingApart();
    return call === undefined
      ? promised(recordedPage<T>({ list: name, asked }, after))
      : firstPage((behind) => call(() => fetch(asked, behind)), after);
  };
}
