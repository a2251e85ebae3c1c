/** Where the viewer is: the URL is the page's whole state, so that every view can be linked to, reloaded and gone back from. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

/** A part of the page that has a URL. */
export interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

const here = (): Place => ({
  path: window.location.pathname,
  query: new URLSearchParams(window.location.search),
});

const moved = new EventTarget();

/** Goes to a URL of the page. */
export function go(url: string, how: "push" | "replace" = "push"): void {
  window.history[how === "push" ? "pushState" : "replaceState"](null, "", url);
  moved.dispatchEvent(new Event("move"));
}

/** The current place; the component is drawn again when it changes. */
export function usePlace(): Place {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const look = () => setPlace(here());
    moved.addEventListener("move", look);
    window.addEventListener("popstate", look);
    return () => {
      moved.removeEventListener("move", look);
      window.removeEventListener("popstate", look);
    };
  }, []);
  return place;
}

/** The URL of a run's page. */
export const runUrl = (id: string): string => `/runs/${encodeURIComponent(id)}`;

/** The URL of a list with this query. */
export function listUrl(query: URLSearchParams): string {
  const text = String(query);
  return text === "" ? "/runs" : `/runs?${text}`;
}

interface LinkProps {
  readonly to: string;
  readonly class?: string;
  readonly current?: boolean;
  readonly children: ComponentChildren;
}

/** A link within the page. With a modifier it is what any link is: a new tab, a copy. */
export function Link({ to, class: name, current, children }: LinkProps): JSX.Element {
  const follow = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a href={to} class={name} aria-current={current === true ? "page" : undefined} onClick={follow}>
      {children}
    </a>
  );
}
