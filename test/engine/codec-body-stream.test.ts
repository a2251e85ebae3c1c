/** Bodies of answers that are Node streams with readers of their own are recorded, other streams are not. */
import { PassThrough, Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { decode, encode, prepare } from "../../engine/codec.ts";

/** As undici's. */
class BodyReadable extends Readable {
  override _read(): void {}
  async arrayBuffer(): Promise<never> {
    throw new Error("not asked");
  }
}

function undiciBody(...parts: (string | Uint8Array)[]): BodyReadable {
  const body = new BodyReadable();
  for (const part of parts) body.push(part);
  body.push(null);
  return body;
}

/** As AWS's. */
function awsBody(text: string): Readable {
  const body = new PassThrough();
  body.end(text);
  return Object.assign(body, { transformToByteArray: async () => {}, transformToString: async () => {} });
}

type Revived = Readable & Record<string, (...args: unknown[]) => Promise<unknown>>;

async function revived(body: object): Promise<Revived> {
  const value = { status: 200, body };
  await prepare(value);
  const { text, lost } = encode(value);
  expect(lost).toEqual([]);
  return (decode(text) as { body: Revived }).body;
}

describe("a body that is a stream", () => {
  test("gives its text, JSON and bytes to undici's readers", async () => {
    const json = '{"a":["ä",1]}';
    expect(await (await revived(undiciBody(json))).text?.()).toBe(json);
    expect(await (await revived(undiciBody('{"a":', "1}"))).json?.()).toEqual({ a: 1 });
    const bytes = Uint8Array.of(0, 255, 128);
    expect(new Uint8Array((await (await revived(undiciBody(bytes))).arrayBuffer?.()) as ArrayBuffer)).toEqual(
      bytes,
    );
  });

  test("gives its text and bytes to AWS's readers", async () => {
    expect(await (await revived(awsBody("Hello"))).transformToString?.()).toBe("Hello");
    expect(await (await revived(awsBody("Hello"))).transformToString?.("base64")).toBe("SGVsbG8=");
    expect(await (await revived(awsBody("Hi"))).transformToByteArray?.()).toEqual(Uint8Array.of(72, 105));
  });

  test("can be read as a stream, once", async () => {
    const body = await revived(undiciBody("one ", "two"));
    let text = "";
    for await (const part of body) text += String(part);
    expect(text).toBe("one two");
    await expect(body.text?.()).rejects.toThrow("The body has been read already.");
  });

  test("that had been read before is recorded as such", async () => {
    const used = undiciBody("gone");
    for await (const _ of used);
    await expect((await revived(used)).text?.()).rejects.toThrow("read already");
  });

  test("can be recorded again", async () => {
    const once = await revived(awsBody("Hello"));
    expect(await (await revived(once)).transformToString?.()).toBe("Hello");
  });

  test("of more than 8 MB is refused", async () => {
    const large = undiciBody(...Array.from({ length: 9 }, () => new Uint8Array(1024 * 1024)));
    await expect(prepare({ body: large })).rejects.toThrow(/^HF302 /);
  });

  test("any other stream is left out, as before", async () => {
    const value = { body: Readable.from(["a"]) };
    await prepare(value);
    expect(encode(value).lost).toEqual(["body"]);
  });
});
