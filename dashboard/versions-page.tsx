/** Versions of the code: which is current, which are kept, and the runs that keep them. */
import type { JSX } from "preact";
import { api, type Counted, type VersionRow, type Versions } from "./api.ts";
import { ListFrame, Table } from "./list-frame.tsx";
import { Text } from "./parts.tsx";
import { Link, listUrl } from "./place.tsx";
import { useLooking } from "./polling.ts";
import { deadLetters, openStatuses } from "./statuses.ts";

interface CountProps {
  readonly version: string;
  readonly counted: Counted;
  readonly statuses: readonly string[];
}

/** A number that leads to its runs. */
function Count({ version, counted: { count, isMore }, statuses }: CountProps): JSX.Element {
  const text = `${count}${isMore ? " or more" : ""}`;
  if (count === 0 && !isMore) return <>0</>;
  const query = new URLSearchParams(statuses.map((status): [string, string] => ["status", status]));
  query.set("version", version);
  return <Link to={listUrl(query)}>{text}</Link>;
}

/** Why it is still there. */
function whyKept({ isCurrent, openRuns, deadLetters: dead }: VersionRow): string {
  if (isCurrent) return "current: new runs begin on it";
  const runs = openRuns.count + dead.count;
  return runs > 0 ? "kept: these runs may go on" : "kept while it is one of the two before";
}

function VersionLine({ row }: { readonly row: VersionRow }): JSX.Element {
  const { version, tasks, openRuns, deadLetters: dead } = row;
  return (
    <tr>
      <td class="mono">
        <Text>{version}</Text>
      </td>
      <td class="main">
        <Text>{tasks.join(", ")}</Text>
      </td>
      <td class="number">
        <Count version={version} counted={openRuns} statuses={openStatuses} />
      </td>
      <td class="number">
        <Count version={version} counted={dead} statuses={deadLetters} />
      </td>
      <td>{whyKept(row)}</td>
    </tr>
  );
}

const columns = [
  ["Version"],
  ["Tasks"],
  ["Open runs", "number"],
  ["Dead letters", "number"],
  ["Kept"],
] as const;

function List({ versions: { data, isComplete } }: { readonly versions: Versions }): JSX.Element {
  return (
    <>
      <Table columns={columns}>
        {data.map((row) => (
          <VersionLine key={row.version} row={row} />
        ))}
      </Table>
      <p class="hint">
        {isComplete
          ? "The current version and the two before it are kept in any case; an older one as long as an open run or a dead letter is on it."
          : "Only the current version is known to this server; those that runs are on are kept until the sweep finds none."}
      </p>
    </>
  );
}

/** The page. */
export function VersionsPage(): JSX.Element {
  const looked = useLooking(
    "versions",
    (signal) => api.versions(signal),
    () => false,
  );
  return (
    <ListFrame title="Versions" looked={looked} pages={() => []}>
      {(value) => <List versions={value} />}
    </ListFrame>
  );
}
