/**
 * What is allowed but worth a word.
 *
 * Owns:      the warnings and infos HF130-HF134 and HF137.
 * Never:     stops a build.
 */
import {
  type CallExpression,
  calleeMember,
  dottedPath,
  isFunction,
  type Node,
  propertyName,
  type TryStatement,
  unwrap,
} from "./ast.ts";
import { throwsAnother } from "./leaving.ts";
import { holdfastName, isInStep } from "./ours.ts";
import { isPlain, type Place, report, type Work } from "./work.ts";

/** Looks at a call of a function. */
export function warnAboutCall(work: Work, call: CallExpression, place: Place): void {
  if (isPlain(place)) return;
  const member = calleeMember(call);
  const name = member === undefined ? undefined : propertyName(member.property, member.computed);
  const callback = call.arguments.find((arg) => isFunction(unwrap(arg)));
  const isAsync = callback !== undefined && isAsyncFunction(callback);
  if (name === "forEach" && isAsync) {
    report(
      work,
      "HF130",
      { start: call.start, end: callback.start },
      "`forEach` does not wait for the promises of an async callback: errors in it end the run, and what follows does not wait.",
      "Use `for (const item of items) { … }`, or `await Promise.all(items.map(async (item) => …))`.",
    );
  }
  if (name !== undefined && ATOMIC.has(name) && callback !== undefined) {
    report(
      work,
      "HF132",
      { start: call.start, end: callback.start },
      "The calls inside this callback count together with it: after a crash before its end all of them are made again.",
      "Nothing to do if the library rolls back by itself. Keep other effects out of the callback.",
    );
  }
  if (isUnstable(work, call)) {
    report(
      work,
      "HF131",
      call,
      "After a crash or a wait this gives another value than before, and code that depends on it may take another way.",
      'Read it inside a unit, so that its value is recorded: `await step("read", () => …)`.',
    );
  }
}

/** Looks at an `idempotencyKey()` that stands in no call's arguments: it works only inside the function of a `step`. */
export function warnAboutKey(work: Work, call: CallExpression, place: Place): void {
  if (isPlain(place) || holdfastName(work, call.callee) !== "idempotencyKey" || isInStep(work, call)) return;
  report(
    work,
    "HF134",
    call,
    "An idempotency key is the key of one call; here it stands in the arguments of none.",
    "Write `idempotencyKey()` inside the arguments of the call that needs it, or inside the function of a `step`.",
  );
}

/** Looks at a `try`: what its `catch` undoes is undone with each attempt that fails, not only with the last. */
export function warnAboutCatch(work: Work, node: TryStatement, place: Place): void {
  if (isPlain(place) || isInStep(work, node) || !throwsAnother(work, node)) return;
  const { handler } = node;
  if (handler === null) return;
  report(
    work,
    "HF137",
    { start: handler.start, end: handler.body.start },
    "This `catch` awaits something and throws another error: it runs with each attempt that fails, and what it undoes is missing in the next one.",
    "Throw the caught error itself on (then it runs after the last attempt only), undo in `onFailure`, or throw `new AbortTaskRunError(…)`, which no attempt follows.",
  );
}

function isAsyncFunction(node: Node): boolean {
  const plain = unwrap(node);
  return isFunction(plain) && plain.async;
}

const ATOMIC = new Set([
  "transaction",
  "$transaction",
  "withTransaction",
  "runInTransaction",
  "inTransaction",
]);

const UNSTABLE_PROCESS = new Set(["hrtime", "memoryUsage", "uptime", "cpuUsage", "resourceUsage"]);
const UNSTABLE_OS = new Set(["freemem", "loadavg", "uptime", "cpus", "networkInterfaces", "hostname"]);
const UNSTABLE_FS = new Set([
  "readFileSync",
  "existsSync",
  "readdirSync",
  "statSync",
  "lstatSync",
  "accessSync",
]);

/** Synchronous reads of the machine: nothing records them. */
function isUnstable(work: Work, call: CallExpression): boolean {
  const path = dottedPath(call.callee);
  const root = path?.[0];
  if (path === undefined || root === undefined) return false;
  const name = path[1] ?? "";
  const from = work.scopes.resolve(root, call)?.from;
  if (from === undefined)
    return root === "process" && UNSTABLE_PROCESS.has(name) && work.scopes.isGlobal("process", call);
  const isNamespace = from.name === "*" || from.name === "default";
  const read = isNamespace ? name : path.length === 1 ? from.name : "";
  const module = from.module.replace(/^node:/, "");
  return (module === "os" && UNSTABLE_OS.has(read)) || (module === "fs" && UNSTABLE_FS.has(read));
}

/** Looks at an assignment to a variable. */
export function warnAboutModuleState(work: Work, target: Node, place: Place): void {
  const plain = unwrap(target);
  if (isPlain(place) || plain.type !== "Identifier") return;
  const binding = work.scopes.resolve(plain.name, plain);
  if (binding === undefined || binding.owner !== null || binding.kind === "import") return;
  report(
    work,
    "HF133",
    plain,
    `\`${plain.name}\` belongs to the module: it is not restored when a run goes on in another process, and other runs see it.`,
    "Keep what a run needs in its own variables. Caches and clients that are made again when missing are fine.",
  );
}
