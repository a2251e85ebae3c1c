/**
 * Tasks that may take longer than AWS gives a pass, and have one await alone: no checkpoint divides their time.
 *
 * Owns:      how they are recognised, and the warning HF142.
 * Never:     warns where the await may be of many units: a function of the author's, a list, a loop, a wait.
 */
import {
  type CallExpression,
  dottedPath,
  forEachChild,
  isFunction,
  type Node,
  type ObjectExpression,
  unwrap,
} from "./ast.ts";
import { constantValue, property } from "./literals.ts";
import { holdfastName } from "./ours.ts";
import { report, type Work } from "./work.ts";

/** Lambda ends a function after this time, whatever it is doing. https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html */
const LAMBDA_SECONDS = 900;

const LOOPS: ReadonlySet<string> = new Set([
  "ForStatement",
  "ForInStatement",
  "ForOfStatement",
  "WhileStatement",
  "DoWhileStatement",
]);

/** Looks at a task's options; `run` is the function that does its work. */
export function warnAboutLong(work: Work, options: ObjectExpression, run: Node | undefined): void {
  const found = property(options, "maxDuration");
  const seconds = found && secondsIn(work, found.value);
  if (found === undefined || seconds === undefined || seconds <= LAMBDA_SECONDS || run === undefined) return;
  if (longRunningIn(work, options)) return;
  const fn = functionOf(work, run);
  const awaits = fn === undefined ? [] : awaitsIn(fn);
  const [only] = awaits;
  if (only === undefined || awaits.length > 1 || !isOneUnit(work, only)) return;
  report(
    work,
    "HF142",
    found.node,
    `This task may take ${seconds} s and has one await: in AWS a pass ends after ${LAMBDA_SECONDS} s, and an await that was cut off begins again from its start.`,
    "Divide the work into several awaits, each of less than 15 minutes, or give the task `longRunning: true`: then its passes have no limit. On one machine there is none.",
  );
}

/** What a task says of `longRunning`; null where that cannot be read in the source, undefined where it says nothing. */
export function longRunningIn(work: Work, options: ObjectExpression): boolean | null | undefined {
  const found = property(options, "longRunning");
  if (found === undefined) return undefined;
  const plain = unwrap(found.value);
  const value = plain.type === "Literal" ? plain : constantValue(work, plain);
  if (value?.type !== "Literal" || typeof value.value !== "boolean") return null;
  return value.value;
}

/** `1800`, `30 * 60`, or the name of such a constant. */
function secondsIn(work: Work, node: Node): number | undefined {
  const plain = unwrap(node);
  if (plain.type === "Literal") return typeof plain.value === "number" ? plain.value : undefined;
  if (plain.type === "BinaryExpression" && plain.operator === "*") {
    const [left, right] = [secondsIn(work, plain.left), secondsIn(work, plain.right)];
    return left === undefined || right === undefined ? undefined : left * right;
  }
  const value = constantValue(work, plain);
  return value === undefined ? undefined : secondsIn(work, value);
}

/** The function in this file that an expression is or names. */
function functionOf(work: Work, node: Node): Node | undefined {
  const plain = unwrap(node);
  if (isFunction(plain)) return plain;
  const value = constantValue(work, plain);
  return value !== undefined && isFunction(value) ? value : undefined;
}

/** What it waits for by itself; twice what stands in a loop or in a function of its own, since that may be many times. */
function awaitsIn(node: Node, times = 1): Node[] {
  const found: Node[] = [];
  forEachChild(node, (child) => {
    const isAgain = LOOPS.has(child.type) || isFunction(child);
    const own = child.type === "AwaitExpression" ? Array(times).fill(child.argument) : [];
    found.push(...own, ...awaitsIn(child, isAgain ? 2 : times));
  });
  return found;
}

/** Is it a call that is one unit for sure: of a package, of Node, or a `step`? */
function isOneUnit(work: Work, awaited: Node): boolean {
  const call = unwrap(awaited);
  if (call.type !== "CallExpression") return false;
  const ours = holdfastName(work, call.callee);
  return ours === undefined ? isOutside(work, call) : ours === "step";
}

function isOutside(work: Work, call: CallExpression): boolean {
  const [root] = dottedPath(call.callee) ?? [];
  if (root === undefined || root === "Promise" || root === "this") return false;
  const binding = work.scopes.resolve(root, call.callee);
  if (binding === undefined) return true;
  return binding.kind === "import" && !/^(\.|#|@\/|~\/)/.test(binding.from?.module ?? ".");
}
