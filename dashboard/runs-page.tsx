/** The list of runs: newest first, filtered by what the URL says, looked at again and again. */
import type { JSX } from "preact";
import { api, type Page, type RunRow, type TaskRow } from "./api.ts";
import { Age, ProblemBox, Status, Text } from "./parts.tsx";
import { go, Link, listUrl, runUrl } from "./place.tsx";
import { useLooking } from "./polling.ts";
import { allStatuses, deadLetters } from "./statuses.ts";
import { lengthOf } from "./times.ts";

const deadLetterFilter = deadLetters.join(" ");
const pageSize = "25";

/** The API's query for the URL's. */
function asked(query: URLSearchParams): URLSearchParams {
  const known = ["status", "task", "after"];
  const pairs = [...query].filter(([name, value]) => known.includes(name) && value !== "");
  return new URLSearchParams([...pairs, ["limit", pageSize]]);
}

/** The same list with another filter; it begins at its beginning. */
function filtered(query: URLSearchParams, name: "status" | "task", values: readonly string[]): string {
  const others = [...query].filter(([each]) => each !== name && each !== "after");
  return listUrl(new URLSearchParams([...others, ...values.map((value): [string, string] => [name, value])]));
}

interface FilterProps {
  readonly query: URLSearchParams;
  readonly tasks: readonly TaskRow[];
}

function Filters({ query, tasks }: FilterProps): JSX.Element {
  const status = query.getAll("status").join(" ");
  const task = query.get("task") ?? "";
  const statuses = [...allStatuses.map((each): [string, string] => [each, each])];
  const known = [["", "Any status"], [deadLetterFilter, "Dead letters"], ...statuses] as const;
  const isKnown = known.some(([value]) => value === status);
  const ids = tasks.map(({ id }) => id);
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()}>
      <label for="status">Status</label>
      <select
        id="status"
        value={status}
        onChange={({ currentTarget: { value } }) =>
          go(filtered(query, "status", value === "" ? [] : value.split(" ")))
        }
      >
        {known.map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
        {!isKnown && <option value={status}>{status.replaceAll(" ", ", ")}</option>}
      </select>
      <label for="task">Task</label>
      <select
        id="task"
        value={task}
        onChange={({ currentTarget: { value } }) => go(filtered(query, "task", value === "" ? [] : [value]))}
      >
        <option value="">Any task</option>
        {(task === "" || ids.includes(task) ? ids : [...ids, task]).map((id) => (
          <option key={id} value={id}>
            <Text>{id}</Text>
          </option>
        ))}
      </select>
    </form>
  );
}

/** From its beginning to its end, or to now. */
function took({ startedAt, finishedAt }: RunRow, now: number): string {
  if (startedAt === undefined) return "–";
  return lengthOf((finishedAt === undefined ? now : Date.parse(finishedAt)) - Date.parse(startedAt));
}

function RunLine({ run, now }: { readonly run: RunRow; readonly now: number }): JSX.Element {
  return (
    <tr>
      <td>
        <Status status={run.status} />
      </td>
      <td class="main">
        <Link to={runUrl(run.id)} class="stretched">
          <Text>{run.taskIdentifier}</Text>
        </Link>
        {run.tags.map((tag) => (
          <span key={tag} class="tag">
            <Text>{tag}</Text>
          </span>
        ))}
      </td>
      <td class="mono id">
        <Text>{run.id}</Text>
      </td>
      <td class="number">
        <Age iso={run.createdAt} now={now} />
      </td>
      <td class="number" title={`${lengthOf(run.durationMs)} of work; waits do not count`}>
        {took(run, now)}
      </td>
    </tr>
  );
}

function Nothing({ query, tasks }: FilterProps): JSX.Element {
  const isFiltered = query.has("status") || query.has("task");
  if (query.has("after")) return <p class="empty">There are no older runs.</p>;
  if (isFiltered) {
    return (
      <p class="empty">
        No run fits these filters. <Link to="/runs">Show all runs</Link>
      </p>
    );
  }
  const [first] = tasks;
  return (
    <div class="empty">
      <p>No run yet.</p>
      <p>
        <Link to={first === undefined ? "/trigger" : `/trigger?task=${encodeURIComponent(first.id)}`}>
          Trigger a task
        </Link>{" "}
        here, with <code>npx holdfast trigger</code>, from your code with <code>tasks.trigger()</code>, or by
        a webhook.
      </p>
    </div>
  );
}

interface TableProps extends FilterProps {
  readonly page: Page<RunRow>;
}

function Table({ page, query, tasks }: TableProps): JSX.Element {
  const now = Date.now();
  if (page.data.length === 0) return <Nothing query={query} tasks={tasks} />;
  return (
    <table class="runs">
      <thead>
        <tr>
          <th scope="col">Status</th>
          <th scope="col">Task</th>
          <th scope="col" class="id">
            Run
          </th>
          <th scope="col" class="number">
            Created
          </th>
          <th scope="col" class="number">
            Took
          </th>
        </tr>
      </thead>
      <tbody>
        {page.data.map((run) => (
          <RunLine key={run.id} run={run} now={now} />
        ))}
      </tbody>
    </table>
  );
}

/** The page. */
export function RunsPage({ query, tasks }: FilterProps): JSX.Element {
  const wanted = asked(query);
  const { value, problem } = useLooking(
    String(wanted),
    (signal) => api.runs(wanted, signal),
    () => false,
  );
  const newest = new URLSearchParams([...query].filter(([name]) => name !== "after"));
  const next = value?.pagination.next;
  return (
    <>
      <div class="heading">
        <h1 tabIndex={-1}>Runs</h1>
        <Filters query={query} tasks={tasks} />
      </div>
      {problem !== undefined && <ProblemBox problem={problem} />}
      {value === undefined && problem === undefined && <p class="empty">Loading…</p>}
      {value !== undefined && <Table page={value} query={query} tasks={tasks} />}
      <nav class="paging" aria-label="Pages">
        {query.has("after") && <Link to={listUrl(newest)}>Newest</Link>}
        {next !== undefined && (
          <Link to={listUrl(new URLSearchParams([...newest, ["after", next]]))}>Older runs</Link>
        )}
      </nav>
    </>
  );
}
