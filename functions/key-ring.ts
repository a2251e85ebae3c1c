/**
 * Making, listing and revoking of a project's keys, wherever their hashes are kept.
 *
 * Never: keeps a key: it is given back once, to who has asked for it.
 */
import { HoldfastError } from "../engine/errors.ts";
import { instantMs } from "../sdk/duration.ts";
import { idOfKey, type KeyScope, type KnownKey, keyScopes } from "./api-keys.ts";
import { hashOfKey, newSecretKey, newTriggerDevKey } from "./secret-key.ts";

/** What a new key is to be like. */
interface NewKey {
  readonly name?: string | undefined;
  readonly scopes: readonly string[];
  readonly tasks?: readonly string[] | undefined;
  /** A duration or a date. */
  readonly expires?: string | undefined;
  /** In the form for which Trigger.dev's client asks the server for public tokens. */
  readonly isForTriggerDev?: boolean;
}

/** A key, for people. Dates are ISO. */
interface ListedKey {
  readonly id: string;
  readonly name?: string | undefined;
  readonly scopes: readonly KeyScope[];
  readonly tasks?: readonly string[] | undefined;
  readonly createdAt?: string | undefined;
  readonly expiresAt?: string | undefined;
  readonly lastUsedAt?: string | undefined;
}

/** What is done with the keys of a project. */
export interface KeyRing {
  /** @throws HoldfastError HF406 for what no key can be like, HF508 for no date */
  create(wanted: NewKey, now: number): Promise<ListedKey & { readonly key: string }>;
  list(): Promise<readonly ListedKey[]>;
  /** False: there is no such key. */
  revoke(id: string): Promise<boolean>;
}

/** Where the keys are kept: `change` gets those that there are, and gives what is to be in their place. */
export interface KeyPlace {
  readonly kind: "dev" | "live";
  change(change: (keys: readonly KnownKey[]) => readonly KnownKey[] | undefined): Promise<void>;
  uses(): Readonly<Record<string, string>>;
}

const bad = (what: string, fix: string): HoldfastError => new HoldfastError("HF406", what, fix);

function checkedKey({ name, scopes, tasks, expires }: NewKey, hash: string, now: number): KnownKey {
  const strange = scopes.find((scope) => !(keyScopes as readonly string[]).includes(scope));
  if (strange !== undefined || scopes.length === 0)
    throw bad(
      `A key cannot be made for ${JSON.stringify(strange ?? "nothing")}.`,
      `Give some of ${keyScopes.join(", ")}.`,
    );
  if (name !== undefined && !/^\P{Cc}{1,80}$/u.test(name))
    throw bad("The name of a key has 1 to 80 characters, on one line.", "Give another one.");
  if (tasks?.some((task) => task === "" || task.length > 128))
    throw bad("The id of a task has 1 to 128 characters.", "Give the id that the task has.");
  const expiresAt = expires === undefined ? undefined : instantMs(expires, now);
  if (expiresAt !== undefined && expiresAt <= now)
    throw bad("The key would have expired already.", 'Give a duration such as "90d", or a later date.');
  return { hash, name, scopes: [...new Set(scopes)] as KeyScope[], tasks, createdAt: now, expiresAt };
}

const iso = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString();

function listed(key: KnownKey, uses: Readonly<Record<string, string>>): ListedKey {
  const { name, scopes, tasks, createdAt, expiresAt } = key;
  const id = idOfKey(key);
  return {
    id,
    name,
    scopes,
    tasks,
    createdAt: iso(createdAt),
    expiresAt: iso(expiresAt),
    lastUsedAt: uses[id],
  };
}

/** The keys of a place. */
export const keyRing = (place: KeyPlace): KeyRing => ({
  async create(wanted, now) {
    const key = (wanted.isForTriggerDev ? newTriggerDevKey : newSecretKey)(place.kind);
    const made = checkedKey(wanted, hashOfKey(key), now);
    await place.change((keys) => [...keys, made]);
    return { key, ...listed(made, {}) };
  },
  async list() {
    let found: readonly KnownKey[] = [];
    await place.change((keys) => {
      found = keys;
      return undefined;
    });
    const uses = place.uses();
    return found.map((key) => listed(key, uses));
  },
  async revoke(id) {
    let isThere = false;
    await place.change((keys) => {
      const left = keys.filter((key) => idOfKey(key) !== id);
      isThere = left.length < keys.length;
      return isThere ? left : undefined;
    });
    return isThere;
  },
});
