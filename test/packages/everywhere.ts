/**
 * A task run as it is, and then with a death before and after each place: each time the same comes out, what was recorded
 * is not done again, and nothing but what was under way is done twice.
 */
import { isDeepStrictEqual } from "node:util";
import { type Crash, type Outside, type Ran, runOnce } from "./crashing.ts";

/** What was found. */
export interface Found {
  readonly plain: Ran;
  readonly runs: number;
  readonly findings: readonly string[];
}

interface Options {
  /** How many effects can be under way at once: so many may be made again by one death. 1 by default. */
  readonly together?: number;
  /** Effects made by what is made again in each pass: sessions, lists that are opened again. They are not counted. */
  readonly again?: RegExp;
  /** Says what is wrong with the effects taken together. */
  readonly isWhole?: (effects: Readonly<Record<string, number>>) => string | undefined;
}

/** Crashes the task everywhere. */
export async function crashedEverywhere(
  file: string,
  outside: Outside,
  task: string,
  payload?: unknown,
  options: Options = {},
): Promise<Found> {
  const plain = await runOnce(file, outside, task, payload);
  const findings = plain.run.status === "COMPLETED" ? [] : [`uncrashed: ${said(plain)}`];
  let runs = 1;
  for (let at = 1; at <= plain.boundaries && findings.length === 0; at++) {
    for (const when of ["before", "after"] as const) {
      const ran = await runOnce(file, outside, task, payload, { at, when });
      findings.push(...differences({ at, when }, plain, ran, options));
      runs++;
    }
  }
  return { plain, runs, findings };
}

const said = ({ run, output, lines }: Ran): string =>
  `${run.status} ${run.error?.stack ?? JSON.stringify(output)} ${lines.join("\n")}`;

function differences({ at, when }: Crash, plain: Ran, ran: Ran, options: Options): string[] {
  const { together = 1, again, isWhole } = options;
  const found: string[] = [];
  const is = (what: string): void => void found.push(`death ${when} ${at} of ${plain.boundaries}: ${what}`);
  if (ran.run.status !== "COMPLETED" || !isDeepStrictEqual(ran.output, plain.output))
    is(`${said(ran)} instead of ${JSON.stringify(plain.output)}`);
  for (const label of ran.repeated) is(`${label} was recorded and made again`);
  const half = isWhole?.(ran.effects);
  if (half !== undefined) is(half);
  let extra = 0;
  for (const label of new Set([...Object.keys(plain.effects), ...Object.keys(ran.effects)])) {
    if (again?.test(label) === true) continue;
    const more = (ran.effects[label] ?? 0) - (plain.effects[label] ?? 0);
    if (more < 0) is(`${label} is missing`);
    extra += more;
  }
  // Behind a write of a task that does one thing at a time nothing was under way.
  const mayRepeat = together === 1 && ran.diedAtWrite && when === "after" ? 0 : together;
  if (extra > mayRepeat) is(`${extra} effects more: ${JSON.stringify(ran.effects)}`);
  return found;
}
