/**
 * Bodies of answers that are Node streams with readers of their own: undici's `body.json()`, AWS's
 * `Body.transformToString()`.
 *
 * Owns:      how such a stream is recognised, and one that gives recorded bytes.
 * Never:     takes any other stream for one: those are handles.
 */
import { builtInModule } from "./built-in-module.ts";
import { classChain } from "./codec-classes.ts";
import { hasMethod, memberOf } from "./live-values.ts";

/** Is it the body of an answer, with readers of its own? */
export function isBodyStream(value: object): boolean {
  if (!hasMethod(value, "pipe")) return false;
  if (hasMethod(value, "transformToByteArray") && hasMethod(value, "transformToString")) return true;
  return hasMethod(value, "arrayBuffer") && classChain(value).includes("BodyReadable");
}

/** Has somebody begun to read it? */
export const isBegun = (stream: object): boolean =>
  memberOf(stream, "readableDidRead") === true || memberOf(stream, "destroyed") === true;

/** The bytes of revived streams; undefined: they had been read before they were recorded. */
const contents = new WeakMap<object, Uint8Array<ArrayBuffer> | undefined>();

function bytesOf(stream: object): Uint8Array<ArrayBuffer> {
  const bytes = contents.get(stream);
  if (bytes === undefined || isBegun(stream)) throw new TypeError("The body has been read already.");
  return bytes;
}

const textOf = (stream: object): string => new TextDecoder().decode(bytesOf(stream));

const readers = {
  async text(this: object): Promise<string> {
    return textOf(this);
  },
  async json(this: object): Promise<unknown> {
    return JSON.parse(textOf(this)) as unknown;
  },
  async arrayBuffer(this: object): Promise<ArrayBuffer> {
    return bytesOf(this).slice().buffer;
  },
  async bytes(this: object): Promise<Uint8Array> {
    return bytesOf(this).slice();
  },
  async blob(this: object): Promise<Blob> {
    return new Blob([bytesOf(this)]);
  },
  async dump(this: object): Promise<void> {},
  async transformToByteArray(this: object): Promise<Uint8Array> {
    return bytesOf(this).slice();
  },
  async transformToString(this: object, encoding: BufferEncoding = "utf8"): Promise<string> {
    return Buffer.from(bytesOf(this)).toString(encoding);
  },
} as const;

/** The readers of revived streams: what they give needs no record of its own. */
export const streamReaders: readonly unknown[] = Object.values(readers);

/** A stream that gives these bytes; undefined: one that had been read. */
export function reviveStream(bytes: Uint8Array<ArrayBuffer> | undefined): object {
  const stream = builtInModule<typeof import("node:stream")>("node:stream");
  if (stream === undefined) throw new TypeError("There are no Node streams here.");
  const { Readable } = stream;
  const body = Readable.from(bytes === undefined || bytes.length === 0 ? [] : [Buffer.from(bytes)], {
    objectMode: false,
  });
  contents.set(body, bytes);
  const transformToWebStream = (): unknown => Readable.toWeb(body);
  for (const [name, value] of Object.entries({ ...readers, transformToWebStream }))
    Object.defineProperty(body, name, { value, configurable: true, writable: true });
  return body;
}
