/**
 * The answer that an error of an HTTP client carries as a live stream: `error.response` of got's, superagent's and `request`'s.
 * What authors read of it is data: the status, the headers, the body that the client has read.
 *
 * Owns:      how such an answer is recognised, and which of its parts are recorded.
 * Never:     takes a stream for one that is no error's: a successful answer is a handle.
 */
import type { ClassForm } from "./codec-classes.ts";
import { memberOf } from "./live-values.ts";

const parts =
  "statusCode statusMessage status statusText ok headers header url method type body text data rawBody requestUrl redirectUrls retryCount ip isFromCache httpVersion timings".split(
    " ",
  );

/** What fails by its name when it is touched. */
const form: ClassForm = [
  {
    n: "IncomingMessage",
    m: "on once off pipe read resume pause setEncoding destroy unpipe".split(" "),
    g: "rawBody socket connection req request rawHeaders trailers".split(" "),
    i: "a",
  },
];

/** Has it a status and headers, as the answers of HTTP clients have? */
export function isAnswer(value: object): boolean {
  const headers = memberOf(value, "headers");
  const hasStatus = ["statusCode", "status"].some((name) => typeof memberOf(value, name) === "number");
  return hasStatus && typeof headers === "object" && headers !== null;
}

/** The recorded form of an answer, and its fields. */
export function answerParts(
  answer: object,
  read: (key: string) => unknown,
): readonly [form: ClassForm, fields: Record<string, unknown>] {
  const fields: Record<string, unknown> = {};
  for (const key of parts) {
    const value = memberOf(answer, key) === undefined ? undefined : read(key);
    // The bytes of a body that is there already would double the record.
    const isDouble = key === "rawBody" && fields.body !== undefined;
    if (value !== undefined && typeof value !== "function" && !isDouble) fields[key] = value;
  }
  return [form, fields];
}
