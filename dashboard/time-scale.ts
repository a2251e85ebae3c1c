/**
 * Where a time lies on the timeline, in percent of its width.
 *
 * A run that works for a second, waits for three days and works for a second again would show as one wait and two hairlines.
 * So a gap in which nothing is done, and that would take most of the width, is drawn short, and marked.
 *
 * Invariant: the scale never turns back: what was later lies at the same place or further right.
 */

/** From one moment to another, Unix milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A gap that is drawn shorter than it was. */
interface Break {
  /** Percent of the width. */
  readonly from: number;
  readonly to: number;
  /** How long it really was. */
  readonly ms: number;
}

/** The scale of a timeline. */
export interface Scale {
  at(ms: number): number;
  readonly breaks: readonly Break[];
}

/** A gap is drawn short when it is so many times as long as everything else. */
const outweighs = 4;
/** It then takes this part of what everything else takes. */
const share = 0.3;
const shortestGapMs = 1_000;

/** The gaps between spans, within `whole`. */
function gapsIn(spans: readonly Span[], whole: Span): Span[] {
  const sorted = [...spans].sort((a, b) => a.from - b.from);
  const gaps: Span[] = [];
  let until = whole.from;
  for (const { from, to } of [...sorted, { from: whole.to, to: whole.to }]) {
    if (from > until) gaps.push({ from: until, to: Math.min(from, whole.to) });
    until = Math.max(until, to);
  }
  return gaps;
}

const length = ({ from, to }: Span): number => to - from;

/** Gaps that outweigh the rest, with the length at which they are drawn. */
function shortened(gaps: readonly Span[], whole: Span): Map<Span, number> {
  const drawn = new Map<Span, number>();
  let total = Math.max(1, length(whole));
  for (const gap of [...gaps].sort((a, b) => length(b) - length(a))) {
    const rest = total - length(gap);
    // Where there is nothing else, there is nothing to make room for.
    if (rest < 1 || length(gap) < shortestGapMs || length(gap) < outweighs * rest) break;
    drawn.set(gap, rest * share);
    total = rest + rest * share;
  }
  return drawn;
}

/** A scale for `whole`, on which something happened in `busy`. */
export function timeScale(busy: readonly Span[], whole: Span): Scale {
  const short = shortened(gapsIn(busy, whole), whole);
  const cuts = [...short].sort(([a], [b]) => a.from - b.from);
  const saved = cuts.reduce((sum, [gap, drawn]) => sum + length(gap) - drawn, 0);
  const total = Math.max(1, length(whole) - saved);
  const at = (ms: number): number => {
    const inside = Math.min(Math.max(ms, whole.from), whole.to);
    const passed = cuts.reduce((sum, [gap, drawn]) => {
      const part = Math.min(Math.max((inside - gap.from) / length(gap), 0), 1);
      return sum - part * (length(gap) - drawn);
    }, inside - whole.from);
    return (passed / total) * 100;
  };
  const breaks = cuts.map(([gap]) => ({ from: at(gap.from), to: at(gap.to), ms: length(gap) }));
  return { at, breaks };
}
