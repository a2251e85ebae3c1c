/**
 * A suite of the proof: numbered cases, each of which can fail, and counters that say what was tried.
 *
 * Owns:      how cases are run one after the other, and how their counters add up.
 */

/** What was counted. Names that begin with `most` keep the highest, all others add up. */
type Counters = Readonly<Record<string, number>>;

/** What came of a case. */
export interface Outcome {
  /** What was wrong; empty if nothing was. */
  readonly found: readonly string[];
  readonly counters: Counters;
}

export interface Suite {
  /** Its name in the design: `P3`. */
  readonly name: string;
  /** What it shows, in a sentence. */
  readonly shows: string;
  /** What CI tries: so many cases from this one on. */
  readonly ci: { readonly from: number; readonly count: number };
  /** How many cases there are; absent: any number. */
  readonly size?: number;
  /** Tries a case. The same number is the same case. */
  readonly attempt: (number: number) => Promise<Outcome>;
  /** More words on a case that failed: the smallest one that fails as well, its trace. */
  readonly explain?: (number: number) => Promise<string>;
  /** Gives back what the suite has opened. */
  readonly close?: () => Promise<void>;
}

/** What came of many cases. */
export interface Campaign {
  readonly tried: number;
  readonly failures: readonly { readonly number: number; readonly found: readonly string[] }[];
  readonly counters: Counters;
}

/** Two counts of the same things. */
function added(all: Record<string, number>, more: Counters): void {
  for (const [name, count] of Object.entries(more)) {
    const before = all[name] ?? 0;
    all[name] = name.startsWith("most") ? Math.max(before, count) : before + count;
  }
}

/** Tries case after case, until `isOver` says so or there are no more. */
export async function campaign(
  suite: Suite,
  from: number,
  isOver: (tried: number, failed: number) => boolean,
): Promise<Campaign> {
  const counters: Record<string, number> = {};
  const failures: { number: number; found: readonly string[] }[] = [];
  const last = suite.size ?? Number.POSITIVE_INFINITY;
  let tried = 0;
  for (let number = from; number <= last && !isOver(tried, failures.length); number++) {
    const { found, counters: more } = await suite.attempt(number);
    tried++;
    added(counters, more);
    if (found.length > 0) failures.push({ number, found });
  }
  return { tried, failures, counters };
}

/** What CI tries of a suite. */
export const inCi = (suite: Suite): Promise<Campaign> =>
  campaign(suite, suite.ci.from, (tried, failed) => tried >= suite.ci.count || failed >= 5);

/** A campaign in a line. */
export function told(suite: Suite, { tried, failures, counters }: Campaign): string {
  const counts = Object.entries(counters).map(([name, count]) => `${count} ${name}`);
  return `${suite.name}: ${tried} cases, ${failures.length} failed; ${counts.join(", ")}`;
}
