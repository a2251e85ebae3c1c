/**
 * Spans of the logger, in OpenTelemetry's form: a part of a run with a name, and what the author notes of it.
 *
 * Invariant: what was noted is told in one line of the level debug when the span ends; a span without notes tells nothing.
 */

/** Notes of a span, by name. */
export type SpanAttributes = Readonly<Record<string, unknown>>;

/** A part of a run, under way. */
export interface Span {
  setAttribute(name: string, value: unknown): Span;
  setAttributes(attributes: SpanAttributes): Span;
  addEvent(name: string, attributes?: unknown): Span;
  addLink(link: unknown): Span;
  addLinks(links: readonly unknown[]): Span;
  setStatus(status: { readonly code: number; readonly message?: string }): Span;
  updateName(name: string): Span;
  recordException(error: unknown): void;
  end(): void;
  isRecording(): boolean;
  spanContext(): { readonly traceId: string; readonly spanId: string; readonly traceFlags: number };
}

/** What a span begins with. */
export interface SpanOptions {
  readonly attributes?: SpanAttributes;
}

/** A span called `first`. `tell`: the parts of its line. */
export function spanOf(first: string, tell: (line: readonly unknown[]) => void, options?: SpanOptions): Span {
  const notes: Record<string, unknown> = { ...options?.attributes };
  const events: unknown[] = [];
  let name = first;
  let isOver = false;
  const noted = (more: SpanAttributes): Span => {
    Object.assign(notes, more);
    return span;
  };
  const happened = (event: unknown): Span => {
    events.push(event);
    return span;
  };
  const span: Span = {
    setAttribute: (key, value) => noted({ [key]: value }),
    setAttributes: noted,
    addEvent: (event, attributes) => happened(attributes === undefined ? event : { [event]: attributes }),
    addLink: (link) => happened({ link }),
    addLinks: (links) => happened({ links }),
    setStatus: (status) => noted({ status }),
    updateName: (given) => {
      name = given;
      return span;
    },
    recordException: (error) => void happened({ exception: error instanceof Error ? error.message : error }),
    end: () => {
      const all = { ...notes, ...(events.length === 0 ? {} : { events }) };
      if (!isOver && Object.keys(all).length > 0) tell([`span ${name}`, all]);
      isOver = true;
    },
    isRecording: () => !isOver,
    spanContext: () => ({ traceId: "0".repeat(32), spanId: "0".repeat(16), traceFlags: 0 }),
  };
  return span;
}
