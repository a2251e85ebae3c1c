/** A payload as it is typed. */
import { UsageError } from "./failure.ts";

/** The JSON of an argument; undefined where none was given. @throws UsageError where it is no JSON */
export function payloadOf(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(
      `The payload is not valid JSON: ${why}.`,
      `Quote it as a whole: '{"name":"Ada"}'. A text needs quotes of its own: '"text"'.`,
    );
  }
}
