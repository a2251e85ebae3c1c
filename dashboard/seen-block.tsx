/**
 * A long list in blocks, of which only those near the viewer's window are drawn.
 *
 * Invariant: a block that is not drawn is as high as it was when it was, so that nothing jumps.
 */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

const linesPerBlock = 50;
/** What a line is at least; a block that was never drawn is guessed by it. */
const lineHeight = 32;
/** How far outside of the window blocks are drawn. */
const margin = "600px 0px";

/** The list, cut. */
export function blocksOf<T>(rows: readonly T[]): readonly (readonly T[])[] {
  const blocks: (readonly T[])[] = [];
  for (let from = 0; from < rows.length; from += linesPerBlock)
    blocks.push(rows.slice(from, from + linesPerBlock));
  return blocks;
}

interface BlockProps {
  /** How many lines it has. */
  readonly count: number;
  /** Drawn wherever the window is. */
  readonly isKept: boolean;
  readonly children: () => ComponentChildren;
}

/** One of them. */
export function Block({ count, isKept, children }: BlockProps): JSX.Element {
  const element = useRef<HTMLOListElement>(null);
  const height = useRef(count * lineHeight);
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    const { current } = element;
    if (current === null) return;
    const observer = new IntersectionObserver(
      (seen) => {
        const last = seen.at(-1);
        if (last === undefined) return;
        if (!last.isIntersecting) height.current = last.boundingClientRect.height;
        setNear(last.isIntersecting);
      },
      { rootMargin: margin },
    );
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  const isDrawn = isNear || isKept;
  return (
    <ol ref={element} style={{ height: isDrawn ? "" : `${height.current}px` }} aria-hidden={!isDrawn}>
      {isDrawn && children()}
    </ol>
  );
}
