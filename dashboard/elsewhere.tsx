/** What is in CloudWatch and not here: where it is, and a query that is ready to be copied. */
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { Problem } from "./call.ts";
import { Text, Value } from "./parts.tsx";

/** Where it is. */
export interface Place {
  readonly logGroup: string;
  readonly query: string;
}

/** HF531 is an answer: what was asked for is kept elsewhere. @throws any other error */
export function elsewhere(error: unknown): Place {
  if (!(error instanceof Problem) || error.code !== "HF531") throw error;
  const { logGroup, query } = error.body;
  return { logGroup: String(logGroup), query: String(query) };
}

interface Props extends Place {
  /** What is there: the beginning of the sentence. */
  readonly what: string;
  /** What the query finds. */
  readonly children: ComponentChildren;
}

/** Says so. */
export function Elsewhere({ logGroup, query, what, children }: Props): JSX.Element {
  const [isCopied, setCopied] = useState(false);
  // Browsers have none on a page that came without TLS from another machine.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  return (
    <div class="elsewhere">
      <p>
        {what} is in CloudWatch, in the log group{" "}
        <code>
          <Text>{logGroup}</Text>
        </code>
        . This query finds {children} in Logs Insights:
      </p>
      <Value text={query} label="Query" />
      {clipboard !== undefined && (
        <button
          type="button"
          class="quiet"
          onClick={() => void clipboard.writeText(query).then(() => setCopied(true))}
        >
          {isCopied ? "Copied" : "Copy the query"}
        </button>
      )}
    </div>
  );
}
