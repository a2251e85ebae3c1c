/** The answers that errors of HTTP clients carry: what authors read of them is there behind a replay, too. */
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decode, encode, prepare } from "../../engine/codec.ts";
import { bench } from "./tasks.ts";

const server = createServer((_, response) => {
  response.writeHead(404, { "content-type": "application/json", "x-request-id": "r7" });
  response.end('{"message":"no such order"}');
});
beforeAll(() => new Promise<void>((done) => void server.listen(0, "127.0.0.1", done)));
afterAll(() => void server.close());

/** A real answer, its body read into it as clients do. */
function answered(): Promise<IncomingMessage & { body?: unknown; rawBody?: Buffer; url?: string }> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path: "/orders/7" }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const rawBody = Buffer.concat(chunks);
        resolve(
          Object.assign(response, { body: rawBody.toString(), rawBody, url: "http://shop.example/orders/7" }),
        );
      });
    }).on("error", reject);
  });
}

/** Shaped as got's is: what belongs to the process is there, and not enumerable. */
class HTTPError extends Error {
  override readonly name = "HTTPError";
  readonly code = "ERR_NON_2XX_3XX_RESPONSE";
  declare readonly response: Awaited<ReturnType<typeof answered>>;
  constructor(response: Awaited<ReturnType<typeof answered>>) {
    super(`Response code ${response.statusCode}`);
    Object.defineProperty(this, "response", { value: response, enumerable: false, configurable: true });
    Object.defineProperty(this, "request", { value: response.socket, enumerable: false, configurable: true });
  }
}

async function copy<T>(value: T): Promise<T> {
  await prepare(value);
  return decode(encode(value).text, "client.get, tasks/order.ts:3") as T;
}

test("got: the answer of an error keeps status, headers and body; what is live fails by its name", async () => {
  const back = await copy(new HTTPError(await answered()));
  const { response } = back;
  expect(response).toMatchObject({
    statusCode: 404,
    statusMessage: "Not Found",
    url: "http://shop.example/orders/7",
  });
  expect(response.headers).toMatchObject({ "x-request-id": "r7", "content-type": "application/json" });
  expect(JSON.parse(response.body as string)).toEqual({ message: "no such order" });
  expect(Object.keys(back)).not.toContain("response");
  expect(() => response.pipe(process.stdout)).toThrow("HF303");
  expect(() => response.rawBody).toThrow("HF303");
  expect(() => response.socket).toThrow("HF303");
});

test("the copy is recorded alike once more", async () => {
  const once = await copy(new HTTPError(await answered()));
  const twice = await copy(once);
  expect(twice.response).toMatchObject({ statusCode: 404, body: '{"message":"no such order"}' });
  expect(encode(twice).text.length).toBe(encode(once).text.length);
});

test("superagent: status, text and parsed body of an answer that is a stream", async () => {
  const live = await answered();
  const text = String(live.body);
  const response = Object.assign(live, { status: 404, text, body: JSON.parse(text) as unknown, ok: false });
  const back = await copy(Object.assign(new Error("Not Found"), { status: 404, response }));
  expect(back.response).toMatchObject({ status: 404, ok: false, text, body: { message: "no such order" } });
});

test("ky: the Response of an error, its body unread", async () => {
  const response = new Response('{"message":"no"}', { status: 404, headers: { "x-request-id": "r8" } });
  const back = await copy(Object.assign(new Error("Request failed"), { response }));
  expect([back.response.status, back.response.headers.get("x-request-id")]).toEqual([404, "r8"]);
  expect(await back.response.json()).toEqual({ message: "no" });
});

test("axios and undici: their answers are data", async () => {
  const axios = Object.assign(new Error("Request failed"), {
    response: { status: 404, headers: { "x-request-id": "r9" }, data: { message: "no" }, request: server },
  });
  expect((await copy(axios)).response).toMatchObject({ status: 404, data: { message: "no" } });
  const undici = Object.assign(new Error("Response Error"), {
    statusCode: 404,
    headers: { a: "b" },
    body: "no",
  });
  expect(await copy(undici)).toMatchObject({ statusCode: 404, headers: { a: "b" }, body: "no" });
});

test("a stream of an error that is no answer stays lost", async () => {
  const back = await copy(Object.assign(new Error("broken"), { server }));
  expect(() => back.server.address()).toThrow("HF303");
});

test("in a task: what it reads of the error decides alike behind a wait", async () => {
  const { run, output } = bench(
    `task({ id: "t", run: async () => {
       try { await lib.order(); } catch (error) {
         const { response } = error as any;
         await wait.for({ hours: 1 });
         return [response.statusCode, response.headers["x-request-id"], JSON.parse(response.body).message];
       }
     } });`,
    {
      order: async () => {
        throw new HTTPError(await answered());
      },
    },
    { realIo: true },
  );
  expect(await output(await run("t"))).toEqual([404, "r7", "no such order"]);
});
