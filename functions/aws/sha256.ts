/**
 * SHA-256 for the signatures of requests, as the SDK asks for it: each call is signed with two hashes and two HMACs.
 *
 * A key of bytes costs Node 24 five times as much as one that it has made a key object of, and a hash in one call two thirds of the
 * SDK's, which copies its state so that it could go on.
 */
import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";

type Data = string | ArrayBuffer | ArrayBufferView;

/** The SDK keeps the key of a day in memory, and gives the same bytes for each call. */
const keys = new WeakMap<ArrayBufferView, KeyObject>();

const bytesOf = (data: Exclude<Data, string>): Uint8Array =>
  ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);

function keyOf(secret: Data): string | KeyObject {
  if (typeof secret === "string") return secret;
  if (!ArrayBuffer.isView(secret)) return createSecretKey(bytesOf(secret));
  const key = keys.get(secret) ?? createSecretKey(bytesOf(secret));
  keys.set(secret, key);
  return key;
}

/** A checksum, or with a secret an HMAC. What it is given is read when it is asked for its digest. */
export class Sha256 {
  readonly #secret: Data | undefined;
  #parts: Uint8Array[] = [];

  constructor(secret?: Data) {
    this.#secret = secret;
  }

  /** Adds bytes. */
  update(data: Uint8Array): void {
    this.#parts.push(data);
  }

  /** 32 bytes; more can be added afterwards. */
  async digest(): Promise<Uint8Array> {
    const [only = new Uint8Array(), ...more] = this.#parts;
    const data = more.length === 0 ? only : Buffer.concat(this.#parts);
    const digest =
      this.#secret === undefined
        ? hash("sha256", data, "buffer")
        : createHmac("sha256", keyOf(this.#secret)).update(data).digest();
    return new Uint8Array(digest.buffer, digest.byteOffset, digest.byteLength);
  }

  /** Forgets what it was given. */
  reset(): void {
    this.#parts = [];
  }
}
