/** What all lists have around them: the heading, what went wrong, and the way to further pages. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { NumberedPage } from "./api.ts";
import { ProblemBox } from "./parts.tsx";
import { Link } from "./place.tsx";
import type { Looked } from "./polling.ts";

interface FrameProps<T> {
  readonly title: string;
  /** What stands beside the heading. */
  readonly beside?: ComponentChildren;
  readonly looked: Looked<T>;
  /** Names and addresses of other pages of the list. */
  readonly pages: (value: T | undefined) => readonly (readonly [name: string, url: string])[];
  readonly children: (value: T) => JSX.Element;
}

/** A list with its heading. */
export function ListFrame<T>({ title, beside, looked, pages, children }: FrameProps<T>): JSX.Element {
  const { value, problem } = looked;
  return (
    <>
      <div class="heading">
        <h1 tabIndex={-1}>{title}</h1>
        {beside}
      </div>
      {problem !== undefined && <ProblemBox problem={problem} />}
      {value === undefined && problem === undefined && <p class="empty">Loading…</p>}
      {value !== undefined && children(value)}
      <nav class="paging" aria-label="Pages">
        {pages(value).map(([name, url]) => (
          <Link key={name} to={url}>
            {name}
          </Link>
        ))}
      </nav>
    </>
  );
}

/** Which page of such a list the URL asks for. */
export const pageOf = (query: URLSearchParams): number => Math.max(1, Number(query.get("page")) || 1);

/** The pages before and behind one. */
export function numberedPages(path: string) {
  return (page: NumberedPage<unknown> | undefined): readonly (readonly [string, string])[] => {
    if (page === undefined) return [];
    const { currentPage, totalPages } = page.pagination;
    return [
      ...(currentPage > 1 ? [["Back", `${path}?page=${currentPage - 1}`] as const] : []),
      ...(currentPage < totalPages ? [["More", `${path}?page=${currentPage + 1}`] as const] : []),
    ];
  };
}

/** What is wider than the page scrolls by itself, with the arrow keys, too: then it can be reached with Tab. */
function Scroll({ children }: { readonly children: ComponentChildren }): JSX.Element {
  const element = useRef<HTMLDivElement>(null);
  const [isWider, setWider] = useState(false);
  useEffect(() => {
    const { current } = element;
    if (current === null) return;
    const observer = new ResizeObserver(() => setWider(current.scrollWidth > current.clientWidth));
    for (const each of [current, ...current.children]) observer.observe(each);
    return () => observer.disconnect();
  }, []);
  return (
    <div class="scroll" ref={element} {...(isWider ? { tabIndex: 0 } : {})}>
      {children}
    </div>
  );
}

/** A table of a list: its columns are named, those of numbers stand right. Where it is wider than the page, it scrolls by itself. */
export function Table({
  columns,
  children,
}: {
  readonly columns: readonly (readonly [name: string, kind?: string])[];
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <Scroll>
      <table class="list">
        <thead>
          <tr>
            {columns.map(([name, kind]) => (
              <th key={name} scope="col" class={kind}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </Scroll>
  );
}
