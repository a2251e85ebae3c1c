/**
 * The project's keys: the newest seals, all of them open. Each run has a key of its own, sealed under one of these.
 *
 * Owns:      the form of the keys' text: a line for each, the newest first.
 * Never:     shows a key in an error.
 */
import { createHash, createHmac, randomBytes } from "node:crypto";
import { HoldfastError } from "../../engine/errors.ts";
import { doesNotOpen, headerOf, type Sealing, sealingWith } from "./sealing.ts";

/** The project's keys at work. */
export interface KeyRing {
  /** A new key for a run, as it stands on the head. */
  newRunKey(runId: string): { readonly dataKey: string; readonly sealing: Sealing };
  /** The key of a run, from its head. @throws HoldfastError HF331 */
  runKey(runId: string, dataKey: string): Sealing;
  /** Seals a text that belongs to no one run. */
  seal(place: string, text: string): string;
  /** @throws HoldfastError HF331 */
  open(place: string, text: string): string;
  /** A key for another use than sealing, such as signing: 32 bytes that follow from the newest key. */
  derived(use: string): Buffer;
}

const hash = (text: string | Buffer): Buffer => createHash("sha256").update(text).digest();
/** Characters of a key: Secrets Manager makes as many, and so do we. */
const shortest = 32;

/** The keys in a text. @throws HoldfastError HF411 */
export function keyRing(text: string): KeyRing {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const keys = lines.map((line) => hash(`holdfast project key ${line.trim()}`));
  const named = new Map(keys.map((key) => [hash(key).toString("hex").slice(0, 12), sealingWith(key)]));
  const [newest] = named;
  if (newest === undefined || lines.some((line) => line.trim().length < shortest)) {
    const fix =
      "Put back the text that was there: a key of 32 characters or more to a line, the newest first.";
    throw new HoldfastError("HF411", "The project's encryption key does not have its form.", fix);
  }
  const [newestName, newestKey] = newest;
  const [newestBytes = Buffer.of()] = keys;
  const seal = (place: string, plain: string): string => newestKey.seal(place, plain, newestName);
  const open = (place: string, sealed: string): string => {
    const key = named.get(headerOf(sealed));
    if (key === undefined) throw doesNotOpen("the project's key that it was sealed with is not there.");
    return key.open(place, sealed);
  };
  const keyPlace = (runId: string): string => `key of ${runId}`;
  return {
    seal,
    open,
    derived: (use) => createHmac("sha256", newestBytes).update(`holdfast ${use}`).digest(),
    newRunKey(runId) {
      const key = randomBytes(32);
      return { dataKey: seal(keyPlace(runId), key.toString("base64")), sealing: sealingWith(key) };
    },
    runKey: (runId, dataKey) => sealingWith(Buffer.from(open(keyPlace(runId), dataKey), "base64")),
  };
}
