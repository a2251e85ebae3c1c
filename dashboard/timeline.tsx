/** The timeline: the axis, and the bar of a line. Everything is placed by SVG attributes: no inline style is needed. */
import type { JSX } from "preact";
import type { Scale, Span } from "./time-scale.ts";
import { lengthOf } from "./times.ts";

interface AxisProps {
  readonly scale: Scale;
  readonly whole: Span;
}

/** Where it begins and ends, and which gaps are drawn short. */
export function TimeAxis({ scale, whole }: AxisProps): JSX.Element {
  return (
    <svg class="axis" aria-hidden="true">
      <text x="0" y="12">
        0
      </text>
      {scale.breaks.map(({ from, to, ms }) => (
        <text key={from} x={`${(from + to) / 2}%`} y="12" text-anchor="middle" class="gap">
          {`// ${lengthOf(ms)}`}
        </text>
      ))}
      <text x="100%" y="12" text-anchor="end">
        {lengthOf(whole.to - whole.from)}
      </text>
    </svg>
  );
}

interface BarProps {
  readonly scale: Scale;
  readonly span: Span | undefined;
  /** What it looks like: the class of its colour. */
  readonly look: string;
  readonly isOpen: boolean;
  /** Moments at which a try failed. */
  readonly fails: readonly number[];
  /** Where something happened to the whole run, in percent. */
  readonly marks: readonly number[];
}

const percent = (value: number): string => `${value.toFixed(3)}%`;

/** The bar of a line; a hairline at least, so that what took no time can be seen. */
export function Bar({ scale, span, look, isOpen, fails, marks }: BarProps): JSX.Element {
  const from = span === undefined ? 0 : Math.min(scale.at(span.from), 99.4);
  const width = span === undefined ? 0 : Math.max(scale.at(span.to) - from, 0.6);
  return (
    <svg class="bar" aria-hidden="true">
      {scale.breaks.map((gap) => (
        <rect
          key={gap.from}
          class="gap"
          x={percent(gap.from)}
          width={percent(gap.to - gap.from)}
          y="0"
          height="100%"
        />
      ))}
      {marks.map((mark) => (
        <line key={mark} class="mark" x1={percent(mark)} x2={percent(mark)} y1="0" y2="100%" />
      ))}
      {span !== undefined && (
        <rect
          class={`span ${look}${isOpen ? " open" : ""}`}
          x={percent(from)}
          width={percent(width)}
          y="25%"
          height="50%"
          rx="3"
        />
      )}
      {fails.map((at) => (
        <rect
          key={at}
          class="fail"
          x={percent(Math.min(scale.at(at), 99.4))}
          width="3"
          y="12%"
          height="76%"
          rx="1"
        />
      ))}
    </svg>
  );
}
