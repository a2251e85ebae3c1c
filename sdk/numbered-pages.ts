/** Lists that the server cuts into numbered pages. */
import { askApi } from "./calling.ts";
import { clientConfig } from "./config.ts";
import { type CursorPagePromise, recordedList } from "./cursor-page.ts";

/** Which page comes first, and how long pages are. */
export interface PageOptions {
  /** 1 by default. */
  readonly page?: number;
  /** 25 by default. */
  readonly perPage?: number;
}

interface NumberedPage<Raw> {
  readonly data: readonly Raw[];
  readonly pagination: { readonly currentPage: number; readonly totalPages: number };
}

/** The list at `path`, its items as `shape` makes them: await one page, or go through all with `for await`. */
export function numberedPages<Raw, T>(
  name: string,
  path: string,
  shape: (raw: Raw) => T,
): (options: PageOptions) => CursorPagePromise<T> {
  return recordedList<PageOptions, T>(name, async ({ page = 1, perPage = 25 }, { after, before }) => {
    const query = new URLSearchParams({ page: after ?? before ?? String(page), perPage: String(perPage) });
    const { data, pagination } = await askApi<NumberedPage<Raw>>(clientConfig(), {
      method: "GET",
      path,
      query,
    });
    const { currentPage, totalPages } = pagination;
    const next = currentPage < totalPages ? { next: String(currentPage + 1) } : {};
    const previous = currentPage > 1 ? { previous: String(currentPage - 1) } : {};
    return { data: data.map(shape), pagination: { ...next, ...previous } };
  });
}
