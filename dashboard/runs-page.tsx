/** The list of runs: newest first, filtered by what the URL says, looked at again and again. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type Page, type RunRow } from "./api.ts";
import { ListFrame, Table } from "./list-frame.tsx";
import { Age, Status, Text } from "./parts.tsx";
import { Link, listUrl, runUrl } from "./place.tsx";
import { useLooking } from "./polling.ts";
import { AskResumeMany } from "./resume-many-dialog.tsx";
import { type FilterProps, Filters, filterNames } from "./runs-filters.tsx";
import { deadLetters, isDeadLetter } from "./statuses.ts";
import { lengthOf } from "./times.ts";

const pageSize = "25";

/** The API's query for the URL's. */
function asked(query: URLSearchParams): URLSearchParams {
  const known = [...filterNames, "after"];
  const pairs = [...query].filter(([name, value]) => known.includes(name) && value !== "");
  return new URLSearchParams([...pairs, ["limit", pageSize]]);
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

/** `isMore`: no call looks at all runs, and there are older ones to look at. */
function Nothing({ query, tasks, isMore }: FilterProps & { readonly isMore: boolean }): JSX.Element {
  const isFiltered = filterNames.some((name) => query.has(name));
  if (isMore) return <p class="empty">None so far fits these filters: look among the older ones.</p>;
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

interface RunsProps extends FilterProps {
  readonly page: Page<RunRow>;
}

const columns = [["Status"], ["Task"], ["Run", "id"], ["Created", "number"], ["Took", "number"]] as const;

function Runs({ page, query, tasks }: RunsProps): JSX.Element {
  const now = Date.now();
  if (page.data.length === 0)
    return <Nothing query={query} tasks={tasks} isMore={page.pagination.next !== undefined} />;
  return (
    <Table columns={columns}>
      {page.data.map((run) => (
        <RunLine key={run.id} run={run} now={now} />
      ))}
    </Table>
  );
}

/** All dead letters of the list at once; where other runs are listed, there is no such button. */
function ResumeMany({ wanted, onDone }: { readonly wanted: URLSearchParams; readonly onDone: () => void }) {
  const [isAsked, setAsked] = useState(false);
  const statuses = wanted.getAll("status");
  if (statuses.length === 0 || !statuses.every(isDeadLetter)) return null;
  const filters = new URLSearchParams([...wanted].filter(([name]) => name !== "after" && name !== "limit"));
  return (
    <>
      <button type="button" class="primary" onClick={() => setAsked(true)}>
        Resume these …
      </button>
      {isAsked && <AskResumeMany filters={filters} onDone={onDone} onClose={() => setAsked(false)} />}
    </>
  );
}

/** The page. */
export function RunsPage({ query, tasks }: FilterProps): JSX.Element {
  const wanted = asked(query);
  const looked = useLooking(
    String(wanted),
    (signal) => api.runs(wanted, signal),
    () => false,
  );
  const newest = new URLSearchParams([...query].filter(([name]) => name !== "after"));
  const pages = (value: Page<RunRow> | undefined): readonly (readonly [string, string])[] => {
    const next = value?.pagination.next;
    const older = new URLSearchParams([...newest, ["after", next ?? ""]]);
    return [
      ...(query.has("after") ? [["Newest", listUrl(newest)] as const] : []),
      ...(next === undefined ? [] : [["Older runs", listUrl(older)] as const]),
    ];
  };
  const beside = (
    <>
      <Filters query={query} tasks={tasks} />
      <ResumeMany wanted={wanted} onDone={looked.again} />
    </>
  );
  const isLetters = query.getAll("status").join() === deadLetters.join();
  return (
    <ListFrame title={isLetters ? "Dead letters" : "Runs"} beside={beside} looked={looked} pages={pages}>
      {(value) => <Runs page={value} query={query} tasks={tasks} />}
    </ListFrame>
  );
}
