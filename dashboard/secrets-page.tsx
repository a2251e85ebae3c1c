/** The secrets of the tasks: their names and versions. No value ever comes into the page. */
import type { JSX } from "preact";
import { api, type Secrets } from "./api.ts";
import { ListFrame, Table } from "./list-frame.tsx";
import { Age, Text } from "./parts.tsx";
import { useLooking } from "./polling.ts";

const sources = {
  ".env": "a line of .env, read at the start",
  set: "set by a command or by the API",
  "Secrets Manager": "a field of the project's secret",
} as const;

function Names({ data }: Pick<Secrets, "data">): JSX.Element {
  if (data.length === 0) {
    return (
      <p class="empty">
        No secrets yet. On one machine: <code>npx holdfast secrets set STRIPE_KEY</code>, or a line of .env;
        in AWS, a field of the project's secret. A task reads it as <code>process.env.STRIPE_KEY</code>.
      </p>
    );
  }
  return (
    <Table columns={[["Name"], ["Where its value comes from"]]}>
      {data.map(({ name, from }) => (
        <tr key={name}>
          <td class="main mono">
            <Text>{name}</Text>
          </td>
          <td>{sources[from]}</td>
        </tr>
      ))}
    </Table>
  );
}

function VersionTable({ versions, isComplete }: Omit<Secrets, "data">): JSX.Element | null {
  const now = Date.now();
  if (versions.length === 0) return null;
  return (
    <>
      <h2>Versions</h2>
      <Table columns={[["Version"], ["Made", "number"], ["Used by"]]}>
        {versions.map(({ version, createdAt, isCurrent }) => (
          <tr key={version}>
            <td class="main mono">
              <Text>{version}</Text>
            </td>
            <td class="number">{createdAt === undefined ? "–" : <Age iso={createdAt} now={now} />}</td>
            <td>{isCurrent ? "current: new runs begin on it" : "runs that began on it"}</td>
          </tr>
        ))}
      </Table>
      <p class="hint">
        A run keeps the version that it began with.
        {!isComplete && " Older versions are in Secrets Manager; this server may not list them."}
      </p>
    </>
  );
}

/** The page. */
export function SecretsPage(): JSX.Element {
  const looked = useLooking(
    "secrets",
    (signal) => api.secrets(signal),
    () => false,
  );
  return (
    <ListFrame title="Secrets" looked={looked} pages={() => []}>
      {({ data, versions, isComplete }) => (
        <>
          <Names data={data} />
          <VersionTable versions={versions} isComplete={isComplete} />
        </>
      )}
    </ListFrame>
  );
}
