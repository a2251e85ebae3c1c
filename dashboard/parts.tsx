/** Small things that every page shows: statuses, times, values, errors. */
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import type { ErrorView } from "../sdk/tree-entry.ts";
import type { Problem } from "./call.ts";
import { placeOfError } from "./error-place.ts";
import { cut, safeLink, shown } from "./shown.ts";
import { toneOf } from "./statuses.ts";
import { ageOf, clockTime, exactly } from "./times.ts";

/** A status: its name, and a dot in its colour. */
export function Status({ status }: { readonly status: string }): JSX.Element {
  return (
    <span class={`status ${toneOf(status)}`}>
      <span class="dot" aria-hidden="true" />
      {shown(status)}
    </span>
  );
}

/** Text from outside, kept to itself: it cannot turn the direction of what stands around it. */
export function Text({ children }: { readonly children: string }): JSX.Element {
  return <bdi>{shown(children)}</bdi>;
}

/** How long ago something was, with the exact time as title. */
export function Age({ iso, now }: { readonly iso: string; readonly now: number }): JSX.Element {
  return (
    <time dateTime={iso} title={exactly(iso)}>
      {ageOf(Date.parse(iso), now)}
    </time>
  );
}

/** A time of day, with the exact time as title. */
export function Clock({ iso, now }: { readonly iso: string; readonly now: number }): JSX.Element {
  return (
    <time dateTime={iso} title={exactly(iso)}>
      {clockTime(iso, now)}
    </time>
  );
}

const charsAtFirst = 4_000;

/** A value's text. A long one is cut until somebody asks for all of it. */
export function Value({ text, label }: { readonly text: string; readonly label: string }): JSX.Element {
  const [isWhole, setWhole] = useState(false);
  const { text: first, left } = cut(text, isWhole ? text.length : charsAtFirst);
  return (
    <section class="value" aria-label={label}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard */}
      <pre tabIndex={0}>
        <code>{shown(first)}</code>
        {left > 0 && "…"}
      </pre>
      {left > 0 && (
        <button type="button" class="quiet" onClick={() => setWhole(true)}>
          Show all {text.length.toLocaleString()} characters
        </button>
      )}
    </section>
  );
}

/** A link to a value that is too large for the page, or why there is none. */
export function LargeValue({ url }: { readonly url: string }): JSX.Element {
  const href = safeLink(url, window.location.href);
  if (href === undefined) return <p class="hint">The value is large, and its link cannot be followed.</p>;
  return (
    <p class="hint">
      The value is too large for this page.{" "}
      <a href={href} rel="noopener noreferrer" target="_blank">
        Open it in a new tab
      </a>
    </p>
  );
}

/** An error of the author's code. */
export function ErrorBox({
  error,
  title,
}: {
  readonly error: ErrorView;
  readonly title: string;
}): JSX.Element {
  const { text, left } = cut(error.message, charsAtFirst);
  const place = placeOfError(error.stackTrace);
  return (
    <section class="error" aria-label={title}>
      <p>
        <strong>
          <Text>{error.name}</Text>
        </strong>
        {error.code !== undefined && (
          <code class="code">
            <Text>{error.code}</Text>
          </code>
        )}
      </p>
      <p class="message">
        <Text>{left > 0 ? `${text}…` : text}</Text>
      </p>
      {error.cause !== undefined && (
        <p class="message">
          because of <Text>{cut(error.cause, charsAtFirst).text}</Text>
        </p>
      )}
      {place !== undefined && (
        <p class="hint mono">
          at <Text>{place}</Text>
        </p>
      )}
      {error.stackTrace !== undefined && (
        <details>
          <summary>Stack trace</summary>
          <Value text={error.stackTrace} label="Stack trace" />
        </details>
      )}
    </section>
  );
}

/** Something of the page's own that did not work. */
export function ProblemBox({ problem }: { readonly problem: Problem }): JSX.Element {
  return (
    <div class="problem" role="alert">
      <p>
        <strong>{shown(problem.message)}</strong>
        {problem.code !== "" && <code class="code">{shown(problem.code)}</code>}
      </p>
      {problem.fix !== "" && <p>{shown(problem.fix)}</p>}
    </div>
  );
}

/** A name and what it names. */
export function Fact({
  name,
  children,
}: {
  readonly name: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
