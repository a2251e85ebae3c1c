/** The tokens: what runs wait for that people or other systems complete. One that is forgotten can be completed by hand. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type Page, type TokenRow } from "./api.ts";
import { Problem } from "./call.ts";
import { Confirm } from "./confirm.tsx";
import { jsonIn } from "./json-field.ts";
import { ListFrame, Table } from "./list-frame.tsx";
import { Age, Status, Text } from "./parts.tsx";
import { useLooking } from "./polling.ts";

interface AskProps {
  readonly token: TokenRow;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

function AskComplete({ token, onDone, onClose }: AskProps): JSX.Element {
  const [text, setText] = useState("");
  const complete = async (): Promise<void> => {
    const data = jsonIn(text);
    if ("wrong" in data) throw new Problem(0, "", `This is no JSON: ${data.wrong}`, "Text stands in quotes.");
    await api.completeToken(token.id, data);
    onDone();
  };
  return (
    <Confirm title="Complete this token?" action="Complete the token" onConfirm={complete} onClose={onClose}>
      <p>
        <Text>{token.id}</Text>: the run that waits for it goes on with this value. It cannot be taken back.
      </p>
      <label for="data">Value (JSON, may be empty)</label>
      <textarea
        id="data"
        rows={5}
        spellcheck={false}
        value={text}
        placeholder={'{ "approved": true }'}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
    </Confirm>
  );
}

interface LineProps {
  readonly token: TokenRow;
  readonly now: number;
  readonly onAsk: (token: TokenRow) => void;
}

function TokenLine({ token, now, onAsk }: LineProps): JSX.Element {
  const { id, status, tags, createdAt, timeoutAt, completedAt } = token;
  return (
    <tr>
      <td>
        <Status status={status} />
      </td>
      <td class="main mono">
        <Text>{id}</Text>
        {tags.map((tag) => (
          <span key={tag} class="tag">
            <Text>{tag}</Text>
          </span>
        ))}
      </td>
      <td class="number">
        <Age iso={createdAt} now={now} />
      </td>
      <td class="number">{timeoutAt === undefined ? "never" : <Age iso={timeoutAt} now={now} />}</td>
      <td class="number">{completedAt === undefined ? "–" : <Age iso={completedAt} now={now} />}</td>
      <td class="number">
        {status === "WAITING" && (
          <button type="button" class="quiet" aria-label={`Complete ${id}`} onClick={() => onAsk(token)}>
            Complete …
          </button>
        )}
      </td>
    </tr>
  );
}

const columns = [
  ["Status"],
  ["Token"],
  ["Created", "number"],
  ["Times out", "number"],
  ["Ended", "number"],
  ["Change", "number"],
] as const;

function Tokens({ page, onAsk }: { page: Page<TokenRow>; onAsk: LineProps["onAsk"] }): JSX.Element {
  const now = Date.now();
  if (page.data.length === 0) {
    return (
      <p class="empty">
        There is no token. A run makes one with <code>wait.createToken()</code> and waits for it with{" "}
        <code>wait.forToken(token)</code>.
      </p>
    );
  }
  return (
    <Table columns={columns}>
      {page.data.map((token) => (
        <TokenLine key={token.id} token={token} now={now} onAsk={onAsk} />
      ))}
    </Table>
  );
}

/** The page. */
export function TokensPage({ query }: { readonly query: URLSearchParams }): JSX.Element {
  const [asked, setAsked] = useState<TokenRow>();
  const after = query.get("after") ?? "";
  const one = query.get("token") ?? "";
  const looked = useLooking(
    `${after} ${one}`,
    async (signal): Promise<Page<TokenRow>> =>
      one === "" ? api.tokens(after, signal) : { data: [await api.token(one, signal)], pagination: {} },
    () => false,
  );
  const pages = (value: Page<TokenRow> | undefined): readonly (readonly [string, string])[] => {
    const next = value?.pagination.next;
    return [
      ...(after === "" ? [] : [["Newest", "/tokens"] as const]),
      ...(one === "" ? [] : [["All tokens", "/tokens"] as const]),
      ...(next === undefined ? [] : [["Older tokens", `/tokens?after=${encodeURIComponent(next)}`] as const]),
    ];
  };
  return (
    <>
      <ListFrame title="Tokens" looked={looked} pages={pages}>
        {(value) => <Tokens page={value} onAsk={setAsked} />}
      </ListFrame>
      {asked !== undefined && (
        <AskComplete token={asked} onDone={looked.again} onClose={() => setAsked(undefined)} />
      )}
    </>
  );
}
