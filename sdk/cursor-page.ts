/**
 * Lists in pages: one page can be awaited, and all of them gone through.
 */

/** A page of a list. `for await (const item of page)` goes through this page and all that follow. */
interface CursorPage<T> extends AsyncIterable<T> {
  readonly data: readonly T[];
  readonly pagination: { readonly next?: string };
  hasNextPage(): boolean;
  /** The next page. Rejects when there is none: ask `hasNextPage` first. */
  getNextPage(): Promise<CursorPage<T>>;
}

/** A page to come: await it, or go through all items at once. */
export type CursorPagePromise<T> = Promise<CursorPage<T>> & AsyncIterable<T>;

type Fetched<T> = Pick<CursorPage<T>, "data" | "pagination">;

async function* everything<T>(first: CursorPage<T> | Promise<CursorPage<T>>): AsyncGenerator<T> {
  let page = await first;
  for (;;) {
    yield* page.data;
    if (!page.hasNextPage()) return;
    page = await page.getNextPage();
  }
}

async function pageAt<T>(
  fetch: (after?: string) => Promise<Fetched<T>>,
  after?: string,
): Promise<CursorPage<T>> {
  const { data, pagination } = await fetch(after);
  const page: CursorPage<T> = {
    data,
    pagination,
    hasNextPage: () => pagination.next !== undefined,
    getNextPage: async () => {
      if (pagination.next === undefined)
        throw new RangeError("There is no next page; ask hasNextPage() first.");
      return pageAt(fetch, pagination.next);
    },
    [Symbol.asyncIterator]: () => everything(page),
  };
  return page;
}

/** The first page of a list; `fetch` gets the page behind a cursor. */
export function firstPage<T>(
  fetch: (after?: string) => Promise<Fetched<T>>,
  after?: string,
): CursorPagePromise<T> {
  const page = pageAt(fetch, after);
  return Object.assign(page, { [Symbol.asyncIterator]: () => everything(page) });
}
