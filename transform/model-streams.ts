/**
 * Calls that begin the answer of a language model as a stream: begun again it is another one.
 *
 * Owns:      how such calls are recognised, by their names, and the warning HF138.
 */
import { type CallExpression, calleeMember, dottedPath, type Node, propertyName, unwrap } from "./ast.ts";
import { isInStep } from "./ours.ts";
import { isPlain, type Place, report, type Work } from "./work.ts";

/** Functions and methods whose names say it. */
const OPENERS = new Set([
  "streamText",
  "streamObject",
  "generateContentStream",
  "sendMessageStream",
  "chatStream",
]);

/** `.stream(…)` of these begins an answer, and so does what takes `{ stream: true }` behind them. */
const PARTS = new Set(["completions", "messages", "responses", "threads", "runs", "chat"]);
const WITH_OPTION = new Set(["create", "chat", "generate", "complete", "parse"]);

/** Looks at a call of a function. */
export function warnAboutModelStream(work: Work, call: CallExpression, place: Place): void {
  if (isPlain(place) || !beginsAnswer(call) || isInStep(work, call)) return;
  report(
    work,
    "HF138",
    call,
    "This begins a stream that is another one when it is begun again: after a crash or a wait its request is sent once more, and what comes then does not follow on what came before.",
    'Begin and read it inside one unit: `await step("write", async () => …)`.',
  );
}

function beginsAnswer(call: CallExpression): boolean {
  const path = dottedPath(call.callee) ?? memberPath(call);
  const name = path.at(-1) ?? "";
  if (OPENERS.has(name)) return true;
  if (name === "stream") return path.some((part) => PARTS.has(part));
  return WITH_OPTION.has(name) && call.arguments.some((arg) => asksForStream(arg));
}

/** What is called on something that is no plain path: `client().messages.stream`. */
function memberPath(call: CallExpression): string[] {
  const names: string[] = [];
  let at: Node | undefined = calleeMember(call);
  while (at?.type === "MemberExpression") {
    names.unshift(propertyName(at.property, at.computed) ?? "");
    at = unwrap(at.object);
  }
  return names;
}

function asksForStream(arg: Node): boolean {
  const options = unwrap(arg);
  if (options.type !== "ObjectExpression") return false;
  return options.properties.some((property) => {
    if (property.type !== "Property" || propertyName(property.key, property.computed) !== "stream")
      return false;
    const value = unwrap(property.value);
    return value.type === "Literal" && value.value === true;
  });
}
