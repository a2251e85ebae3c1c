import { connect, createServer } from "node:net";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { rows } from "database";
import { step } from "holdfast";
import { mine } from "./mine.ts";
export async function run(port: number, sink: WritableStream) {
  const pass = new PassThrough();
  const filled = pipeline(Readable.from([1]), pass);
  for await (const part of pass) await send(part);
  await filled;
  const made = await Readable.from([1]).compose(double).toArray();
  const source = ReadableStream.from(rows());
  await source.pipeTo(sink);
  await (ReadableStream as any).from(rows()).pipeThrough(upper).pipeTo(sink);
  const server = createServer();
  const socket = connect(port);
  for await (const part of socket) await send(part);
  const whole = await step("read", async () => Readable.from([1]).compose(double).toArray());
  await pipeline(Readable.from([1]), new PassThrough(), async function* (parts) { for await (const part of parts) yield part; });
  await ReadableStream.from(mine()).pipeTo(sink);
  await ReadableStream.from([1, 2]).pipeTo(sink);
  const other = connect(port);
  return [made, whole, server, lib.compose(double), database.connect(), other];
}
