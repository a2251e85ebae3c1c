/** The webhooks: where providers send to, and what became of each delivery. Nothing of a body, and no secret, comes into the page. */
import type { JSX } from "preact";
import { api, type DeliveryPage, type DeliveryRow, type Endpoint } from "./api.ts";
import { Elsewhere, type Place } from "./elsewhere.tsx";
import { ListFrame, Table } from "./list-frame.tsx";
import { Age, Text } from "./parts.tsx";
import { go, Link, runUrl } from "./place.tsx";
import { useLooking } from "./polling.ts";
import { shown } from "./shown.ts";
import type { Tone } from "./statuses.ts";

/** What each outcome is called, and its colour. */
const outcomes: Readonly<Record<DeliveryRow["outcome"], readonly [name: string, tone: Tone]>> = {
  accepted: ["accepted", "good"],
  repeated: ["repeated", "quiet"],
  filtered: ["filtered", "quiet"],
  greeting: ["greeting", "quiet"],
  refused: ["refused", "bad"],
};

const path = "/webhooks";

function urlOf(query: URLSearchParams, change: Readonly<Record<string, string | undefined>>): string {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined || value === "") next.delete(name);
    else next.set(name, value);
  }
  const text = String(next);
  return text === "" ? path : `${path}?${text}`;
}

interface EndpointsProps {
  readonly data: readonly Endpoint[];
  readonly query: URLSearchParams;
}

/** Whether the setting that its secret stands in is there. */
function SecretOf({ setting, hasSecret }: Endpoint): JSX.Element {
  const name = setting === undefined ? "its secret" : setting;
  if (hasSecret) return <span class="mono">{name}</span>;
  return (
    <span>
      <span class="mono">{name}</span> <strong>is not set</strong>: each delivery is refused
    </span>
  );
}

function Endpoints({ data, query }: EndpointsProps): JSX.Element {
  if (data.length === 0) {
    return (
      <p class="empty">
        No webhook has an address of its own. A task gets one of a provider with{" "}
        <code>{"webhook: { source: webhooks.stripe() }"}</code>; every task takes Standard Webhooks at{" "}
        <code>/hooks/&lt;task&gt;</code>.
      </p>
    );
  }
  return (
    <Table columns={[["Address"], ["Signed as by"], ["Secret"], ["Starts"]]}>
      {data.map((endpoint) => (
        <tr key={endpoint.id}>
          <td class="main">
            <Link to={urlOf(query, { endpoint: endpoint.id, after: undefined })}>
              <Text>{endpoint.id}</Text>
            </Link>
            <p class="hint mono">
              <Text>{endpoint.url}</Text>
            </p>
          </td>
          <td>
            <Text>{endpoint.provider}</Text>
          </td>
          <td>
            <SecretOf {...endpoint} />
          </td>
          <td>
            {endpoint.tasks.length === 0 && "whoever waits for it"}
            {endpoint.tasks.map((task) => (
              <span key={task} class="tag">
                <Text>{task}</Text>
              </span>
            ))}
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** What a delivery has come to: the runs, the waiters, or why it was refused. */
function CameTo({ delivery }: { readonly delivery: DeliveryRow }): JSX.Element {
  const { runs, waiters, why, outcome, isKnown } = delivery;
  if (why !== undefined) {
    return (
      <>
        <code class="code">
          <Text>{why.code}</Text>
        </code>{" "}
        <Text>{why.message}</Text>
        {!isKnown && " Nothing has this address."}
      </>
    );
  }
  return (
    <>
      {runs.map(({ id, taskIdentifier, isCached }) => (
        <p key={id}>
          <Link to={runUrl(id)}>
            <Text>{taskIdentifier}</Text>
          </Link>{" "}
          <span class="hint mono">
            <Text>{id}</Text>
          </span>
          {isCached && <span class="hint"> started by an earlier delivery of the same event</span>}
        </p>
      ))}
      {waiters > 0 && <p>{waiters === 1 ? "One waiter was ended." : `${waiters} waiters were ended.`}</p>}
      {outcome === "filtered" && <span class="hint">No filter let it pass.</span>}
      {outcome === "greeting" && <span class="hint">Its sender asked whether somebody is there.</span>}
    </>
  );
}

function Deliveries({ page, query }: { readonly page: DeliveryPage; readonly query: URLSearchParams }) {
  const now = Date.now();
  if (page.data.length === 0 && page.pagination.next !== undefined)
    return (
      <p class="empty">
        Nothing was found yet: the search through CloudWatch has not come to its end. “Older deliveries” goes
        on.
      </p>
    );
  if (page.data.length === 0) {
    const isAll = query.get("endpoint") === null && query.get("outcome") === null;
    return (
      <p class="empty">
        {isAll
          ? "Nothing has been delivered yet. The provider's own page says what it has sent, and what was answered."
          : "No delivery fits this. "}
        {!isAll && <Link to={path}>Show all</Link>}
      </p>
    );
  }
  return (
    <Table columns={[["Came", "number"], ["Outcome"], ["Address"], ["What it came to"]]}>
      {page.data.map((delivery, index) => {
        const [name, tone] = outcomes[delivery.outcome];
        return (
          <tr key={`${delivery.at} ${index}`}>
            <td class="number">
              <Age iso={delivery.at} now={now} />
            </td>
            <td>
              <span class={`status ${tone}`}>
                <span class="dot" aria-hidden="true" />
                {name}
              </span>
            </td>
            <td>
              <Text>{delivery.endpoint}</Text>
            </td>
            <td class="main">
              <CameTo delivery={delivery} />
            </td>
          </tr>
        );
      })}
    </Table>
  );
}

function Filters({ data, query }: EndpointsProps): JSX.Element {
  const endpoint = query.get("endpoint") ?? "";
  const names = [...new Set([...data.map(({ id }) => id), ...(endpoint === "" ? [] : [endpoint])])];
  const change = (name: string) => (event: { readonly currentTarget: HTMLSelectElement }) =>
    go(urlOf(query, { [name]: event.currentTarget.value, after: undefined }), "replace");
  return (
    <form class="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      <label for="endpoint">Address</label>
      <select id="endpoint" value={endpoint} onChange={change("endpoint")}>
        <option value="">all</option>
        {names.map((name) => (
          <option key={name} value={name}>
            {shown(name)}
          </option>
        ))}
      </select>
      <label for="outcome">Outcome</label>
      <select id="outcome" value={query.get("outcome") ?? ""} onChange={change("outcome")}>
        <option value="">all</option>
        {Object.entries(outcomes).map(([value, [name]]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
    </form>
  );
}

interface FoundProps {
  readonly deliveries: DeliveryPage | Place;
  readonly onAgain: () => void;
}

/** Where the notes lie in CloudWatch: that they are asked for by hand, or could not be read there. */
function InCloudWatch({ deliveries, onAgain }: FoundProps): JSX.Element | null {
  const { logGroup, query } = deliveries;
  if (logGroup === undefined || query === undefined) return null;
  const where = (
    <Elsewhere logGroup={logGroup} query={query} what="What became of deliveries">
      them
    </Elsewhere>
  );
  const isFound = "data" in deliveries;
  return (
    <>
      {!isFound && <p role="status">CloudWatch could not be searched now.</p>}
      <button type="button" class="quiet" onClick={onAgain}>
        Look again
      </button>
      {isFound ? (
        <details>
          <summary>Read out of CloudWatch, where a delivery comes some seconds after it was answered</summary>
          {where}
        </details>
      ) : (
        where
      )}
    </>
  );
}

/** The page. */
export function WebhooksPage({ query }: { readonly query: URLSearchParams }): JSX.Element {
  const looked = useLooking(
    String(query),
    async (signal) => {
      const [endpoints, deliveries] = await Promise.all([
        api.endpoints(signal),
        api.deliveries(query, signal),
      ]);
      return { endpoints: endpoints.data, deliveries };
    },
    // A search through CloudWatch is made when somebody asks for it.
    ({ deliveries }) => "logGroup" in deliveries,
  );
  return (
    <ListFrame
      title="Webhooks"
      looked={looked}
      pages={(value) => {
        const next =
          value !== undefined && "data" in value.deliveries ? value.deliveries.pagination.next : undefined;
        return [
          ...(query.get("after") === null ? [] : [["Newest", urlOf(query, { after: undefined })] as const]),
          ...(next === undefined
            ? []
            : [["Older deliveries", urlOf(query, { after: String(next) })] as const]),
        ];
      }}
    >
      {({ endpoints, deliveries }) => (
        <>
          <Endpoints data={endpoints} query={query} />
          <h2>Deliveries</h2>
          <Filters data={endpoints} query={query} />
          {"data" in deliveries && <Deliveries page={deliveries} query={query} />}
          <InCloudWatch deliveries={deliveries} onAgain={looked.again} />
        </>
      )}
    </ListFrame>
  );
}
