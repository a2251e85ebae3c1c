/** The filters of the list of runs. What they are set to stands in the URL. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { TaskRow } from "./api.ts";
import { go, Link, listUrl } from "./place.tsx";
import { shown } from "./shown.ts";
import { allStatuses, deadLetters } from "./statuses.ts";

/** What the list has for its filters. */
export interface FilterProps {
  readonly query: URLSearchParams;
  readonly tasks: readonly TaskRow[];
}

/** The filters' names, in the URL as in the API. */
export const filterNames = ["status", "task", "tag", "schedule", "period", "version", "queue", "text"];

/** The same list with another filter; it begins at its beginning. */
function filtered(query: URLSearchParams, name: string, values: readonly string[]): string {
  const others = [...query].filter(([each]) => each !== name && each !== "after");
  const given = values.filter((value) => value !== "");
  return listUrl(new URLSearchParams([...others, ...given.map((value): [string, string] => [name, value])]));
}

interface ChoiceProps {
  readonly query: URLSearchParams;
  readonly name: string;
  readonly label: string;
  readonly choices: readonly (readonly [value: string, name: string])[];
}

/** One of several values. One that the URL has and nobody offers is shown too. */
function Choice({ query, name, label, choices }: ChoiceProps): JSX.Element {
  const value = query.getAll(name).join(" ");
  const isKnown = choices.some(([each]) => each === value);
  return (
    <>
      <label for={name}>{label}</label>
      <select
        id={name}
        value={value}
        onChange={({ currentTarget }) => go(filtered(query, name, currentTarget.value.split(" ")))}
      >
        {choices.map(([each, text]) => (
          <option key={each} value={each}>
            {shown(text)}
          </option>
        ))}
        {!isKnown && <option value={value}>{shown(value.replaceAll(" ", ", "))}</option>}
      </select>
    </>
  );
}

const statuses = [
  ["", "Any status"],
  [deadLetters.join(" "), "Dead letters"],
  ...allStatuses.map((each) => [each, each] as const),
] as const;

const periods = [
  ["", "At any time"],
  ["1h", "In the last hour"],
  ["1d", "In the last day"],
  ["7d", "In the last week"],
  ["30d", "In the last month"],
] as const;

/** What is typed: the API's name, the label, and what an empty field means. */
const typed = [
  ["text", "Text", "In id, task, tags, error"],
  ["tag", "Tag", "Any tag"],
  ["queue", "Queue", "Any queue"],
  ["version", "Version", "Any version"],
] as const;

interface TypedProps {
  readonly query: URLSearchParams;
  readonly name: string;
  readonly label: string;
  readonly none: string;
}

/** A text that is typed. It has a state of its own: the list is drawn anew each second, and must not take back what is half typed. */
function Typed({ query, name, label, none }: TypedProps): JSX.Element {
  const set = query.get(name) ?? "";
  const [text, setText] = useState(set);
  useEffect(() => setText(set), [set]);
  return (
    <>
      <label for={name}>{label}</label>
      <input
        id={name}
        type="search"
        value={text}
        placeholder={none}
        maxLength={200}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
        onChange={({ currentTarget: { value } }) => go(filtered(query, name, [value.trim()]))}
      />
    </>
  );
}

/** The filters. */
export function Filters({ query, tasks }: FilterProps): JSX.Element {
  const ids = tasks.map(({ id }) => [id, id] as const);
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()}>
      <Choice query={query} name="status" label="Status" choices={statuses} />
      <Choice query={query} name="task" label="Task" choices={[["", "Any task"], ...ids]} />
      <Choice query={query} name="period" label="Created" choices={periods} />
      {typed.map(([name, label, none]) => (
        <Typed key={name} query={query} name={name} label={label} none={none} />
      ))}
      {query.has("schedule") && <Link to={filtered(query, "schedule", [])}>Not only of one schedule</Link>}
    </form>
  );
}
