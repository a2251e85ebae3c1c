/** Which values are handles, and which are data however their methods are called. */
import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter } from "node:events";
import { open, opendir } from "node:fs/promises";
import { Socket } from "node:net";
import { PassThrough, Readable } from "node:stream";
import { afterEach, describe, expect, test } from "vitest";
import { encode } from "../../engine/codec.ts";
import {
  closedStandIn,
  configureHandles,
  isAtomicCallback,
  isClosingCall,
  isHandle,
  isSetUpCall,
} from "../../engine/handle.ts";
import { bench } from "./tasks.ts";

afterEach(() => configureHandles());

class Row {
  readonly id = 1;
  readonly dataValues = { name: "a", at: new Date(0) };
  destroy(): void {}
  save(): void {}
}

class Pool {
  readonly #sockets: object[] = [];
  end(): number {
    return this.#sockets.length;
  }
}

class Connection {
  readonly config = { host: "db" };
  readonly query = () => [];
  close(): void {}
}

class Page {
  readonly data = [{ id: 1 }];
  readonly body = { has_more: true };
  async *[Symbol.asyncIterator](): AsyncGenerator<unknown> {
    yield* this.data;
  }
}

class ServerStream {
  readonly iterator = () => undefined;
  async *[Symbol.asyncIterator](): AsyncGenerator<unknown> {}
}

class Lock {
  readonly key = "a";
  [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")](): void {}
}

describe("handles", () => {
  test.each<[string, () => unknown]>([
    ["a function", () => () => 1],
    ["a class", () => Row],
    ["a Node stream", () => Readable.from([1])],
    ["a duplex stream", () => new PassThrough()],
    ["a socket", () => new Socket()],
    ["an event emitter", () => new EventEmitter()],
    ["a subclass of an event emitter", () => new (class Client extends EventEmitter {})()],
    ["an EventTarget", () => new EventTarget()],
    ["an AbortSignal", () => new AbortController().signal],
    ["a web stream", () => new ReadableStream()],
    ["a reader of a web stream", () => new ReadableStream().getReader()],
    ["a transform stream", () => new TextDecoderStream()],
    ["an async generator", () => (async function* () {})()],
    [
      "a response that is a stream of events",
      () => new Response("", { headers: { "content-type": "text/event-stream" } }),
    ],
    ["a thing to be disposed", () => new Lock()],
    ["a connection with functions in its fields", () => new Connection()],
    ["a pool whose fields are all private", () => new Pool()],
    ["a plain object of functions with close", () => ({ query: () => [], close: () => undefined })],
    ["an async iterable around a function", () => new ServerStream()],
  ])("%s is one", (_name, make) => {
    expect(isHandle(make())).toBe(true);
  });

  test("timers, files, folders and child processes are handles", async () => {
    const timer = setTimeout(() => undefined, 1e6);
    expect(isHandle(timer)).toBe(true);
    clearTimeout(timer);
    const file = await open(import.meta.filename);
    expect(isHandle(file)).toBe(true);
    await file.close();
    const folder = await opendir(import.meta.dirname);
    expect(isHandle(folder)).toBe(true);
    await folder.close();
    const child: ChildProcess = spawn(process.execPath, ["--version"]);
    expect(isHandle(child)).toBe(true);
    child.kill();
  });

  test("a class can be listed by the user", () => {
    class Robot {
      readonly name = "r2";
      move(): void {}
    }
    expect(isHandle(new Robot())).toBe(false);
    configureHandles({ liveClasses: { Robot: "move" } });
    expect(isHandle(new Robot())).toBe(true);
  });
});

describe("data", () => {
  test.each<[string, unknown]>([
    ["undefined", undefined],
    ["null", null],
    ["a text", "close"],
    ["a plain object", { close: 5, end: "x", release: null }],
    ["an array", [1, 2]],
    ["a Date", new Date()],
    ["a Map", new Map([[1, 2]])],
    ["a Buffer", Buffer.from("x")],
    ["an Error", new Error("x")],
    ["a Response", new Response("x")],
    ["a Blob", new Blob(["x"])],
    ["an ORM's row with destroy()", new Row()],
    ["a page of results that can be iterated", new Page()],
    ["a driver's result with functions in it", { rows: [1], parsers: [() => 1] }],
    [
      "an axios response",
      { status: 200, data: {}, config: { adapter: () => 1 }, request: new EventEmitter() },
    ],
    [
      "a class that is only called Stream",
      new (class Stream {
        readonly title = "films";
      })(),
    ],
    [
      "a class that is only called EventEmitter",
      new (class EventEmitter {
        readonly name = "x";
      })(),
    ],
  ])("%s is no handle", (_name, value) => {
    expect(isHandle(value)).toBe(false);
  });

  test("a row with closures in its options stays data where its class is listed as data", () => {
    class Model {
      readonly dataValues = { id: 1 };
      readonly options = { include: [() => 1] };
      destroy(): void {}
    }
    class User extends Model {}
    expect(isHandle(new User())).toBe(false);
  });

  test("an object that can be recorded whole is data: it is recorded and not made again", () => {
    const row = new Row();
    expect(isHandle(row)).toBe(false);
    expect(encode(row).lost).toEqual([]);
  });

  test("hostile values are judged without a throw", () => {
    const trap = (): never => {
      throw new Error("trap");
    };
    expect(isHandle(new Proxy({}, { get: trap, getPrototypeOf: trap, has: trap, ownKeys: trap }))).toBe(
      false,
    );
  });
});

describe("names of calls", () => {
  test("set-up, closing and atomic calls are told by the last part of their name", () => {
    expect(["client.connect", "prisma.$connect", "open", "auth.login", "bot.start"].every(isSetUpCall)).toBe(
      true,
    );
    expect(["client.query", "connection", "reopen"].some(isSetUpCall)).toBe(false);
    expect(
      ["pool.end", "browser.close", "lock.release", "quit", "prisma.$disconnect"].every(isClosingCall),
    ).toBe(true);
    expect(["stripe.charges.create", "weekend"].some(isClosingCall)).toBe(false);
    expect(["prisma.$transaction", "db.transaction", "session.withTransaction"].every(isAtomicCallback)).toBe(
      true,
    );
    expect(["p.map", "transactions.list"].some(isAtomicCallback)).toBe(false);
  });

  test("the lists can be added to", () => {
    configureHandles({ setUpCalls: ["dial"], closingCalls: ["hangUp"], atomicCallbacks: ["atomically"] });
    expect([
      isSetUpCall("phone.dial"),
      isClosingCall("phone.hangUp"),
      isAtomicCallback("db.atomically"),
    ]).toEqual([true, true, true]);
    expect(isSetUpCall("client.connect")).toBe(true);
    configureHandles();
    expect(isSetUpCall("phone.dial")).toBe(false);
  });
});

describe("the stand-in for a closed handle", () => {
  const standIn = () => closedStandIn("pool.connect at tasks/order.ts:4") as { query(): void; port: number };

  test("fails with HF306 when it is used, and names what it stood for", () => {
    expect(() => standIn().query()).toThrow(/HF306 .*pool\.connect at tasks\/order\.ts:4/);
    expect(() => (standIn().port as unknown as () => void)()).toThrow(/HF306/);
    expect(() => Object.assign(standIn(), { port: 1 })).toThrow(/HF306/);
    expect(() => (standIn() as unknown as () => void)()).toThrow(/HF306/);
  });

  test("can be passed on, printed, put into JSON and awaited", async () => {
    const handle = standIn();
    expect(await handle).toBe(handle);
    expect(JSON.stringify({ handle, n: 1 })).toBe('{"n":1}');
    expect(() => console.assert(true, handle)).not.toThrow();
    expect(isHandle(handle)).toBe(true);
  });
});

describe("a client whose fields are all private, and that nothing closes", () => {
  class Client {
    readonly #sent: string[] = [];
    async send(text: string): Promise<number> {
      return this.#sent.push(text);
    }
  }

  test("is data, and says in the first run that live() is what it needs", async () => {
    const source = `export const t = task({ id: "t", run: async () => { const client = await lib.connect(); return await client.send("a"); } });`;
    const { message } = (await bench(source, { connect: async () => new Client() }).run("t")).error ?? {};
    expect(message).toMatch(/^HF303 Client\.send is a method .*lib\.connect.* live\(\)/);
  });

  test("is made in each pass with live()", async () => {
    const source = `export const t = task({ id: "t", run: async () => { const client = await live(() => lib.connect()); await wait.for({ hours: 1 }); return await client.send("a"); } });`;
    const made = bench(source, { connect: async () => new Client() });
    expect(await made.output(await made.run("t"))).toBe(1);
  });
});
