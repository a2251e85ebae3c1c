/**
 * Keys of the API, as they are kept: a hash, and what the key may do, until when.
 *
 * An entry is a text without spaces: `<hash>`, which may do everything for ever, or
 * `<hash>?name=ci&scope=trigger&scope=read&task=order&expires=2027-01-01T00:00:00.000Z`. A list has spaces between them.
 *
 * Owns:      the form of an entry.
 * Never:     holds a key.
 */
import * as z from "zod";
import { HoldfastError } from "../engine/errors.ts";

/** What a key may do: start runs, look, cancel, or everything. */
export const keyScopes = ["trigger", "read", "cancel", "admin"] as const;

/** One of them. */
export type KeyScope = (typeof keyScopes)[number];

/** A key, as it is known. */
export interface KnownKey {
  /** SHA-256 of the key, 64 hex digits. */
  readonly hash: string;
  readonly name?: string | undefined;
  readonly scopes: readonly KeyScope[];
  /** Of which tasks; undefined: of all. */
  readonly tasks?: readonly string[] | undefined;
  /** Unix milliseconds. */
  readonly createdAt?: number | undefined;
  readonly expiresAt?: number | undefined;
}

/** What people call a key by: the beginning of its hash. */
export const idOfKey = ({ hash }: KnownKey): string => hash.slice(0, 12);

/** May it do everything, for ever? Only such a key signs what others may do. */
export const isWholeKey = ({ scopes, tasks, expiresAt }: KnownKey): boolean =>
  scopes.includes("admin") && tasks === undefined && expiresAt === undefined;

const date = z.iso.datetime().transform((text) => Date.parse(text));
const form = z.strictObject({
  name: z.tuple([z.string().min(1).max(80)]).optional(),
  scope: z.array(z.enum(keyScopes)).min(1),
  task: z.array(z.string().min(1).max(128)).optional(),
  created: z.tuple([date]).optional(),
  expires: z.tuple([date]).optional(),
});

/** @throws HoldfastError HF411 for a text that is no entry; it is not shown, since it may be a key */
export function parseKey(text: string): KnownKey {
  const [hash = "", query, ...more] = text.split("?");
  const isHash = /^[0-9a-f]{64}$/.test(hash);
  if (isHash && query === undefined) return { hash, scopes: ["admin"] };
  const parts = new URLSearchParams(query);
  const given = form.safeParse(
    Object.fromEntries([...parts.keys()].map((name) => [name, parts.getAll(name)])),
  );
  if (!isHash || more.length > 0 || !given.success) {
    const fix = "Let `holdfast keys create` write the list: it holds SHA-256 hashes, never a key.";
    throw new HoldfastError("HF411", "The project's list of keys has an entry that is none.", fix);
  }
  const { name, scope, task, created, expires } = given.data;
  return {
    hash,
    name: name?.[0],
    scopes: scope,
    tasks: task,
    createdAt: created?.[0],
    expiresAt: expires?.[0],
  };
}

/** The entry of a key. One that says nothing but its hash stays as it was: code that is rolled back knows that form alone. */
export function keyEntry(key: KnownKey): string {
  const { hash, name, scopes, tasks = [], createdAt, expiresAt } = key;
  if (isWholeKey(key) && name === undefined && createdAt === undefined) return hash;
  const parts = new URLSearchParams(scopes.map((scope) => ["scope", scope]));
  if (name !== undefined) parts.set("name", name);
  for (const task of tasks) parts.append("task", task);
  if (createdAt !== undefined) parts.set("created", new Date(createdAt).toISOString());
  if (expiresAt !== undefined) parts.set("expires", new Date(expiresAt).toISOString());
  return `${hash}?${parts}`;
}
