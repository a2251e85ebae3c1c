/**
 * Limits of single concurrency keys, in the item of their queue: one text, by the keys' hashes, since that is what pools and
 * parked runs know of a key.
 */
import { isInForce, type KeyOverride, type QueueSettings, settingsWith } from "../../engine/queues.ts";

/** By the hash of the key. */
export type KeyOverrides = ReadonlyMap<string, KeyOverride>;

/** What a queue's item says. */
export interface PoolSettings extends QueueSettings {
  readonly keys?: KeyOverrides;
}

/** As text: some 36 characters for each key. */
export const keysText = (keys: KeyOverrides): string =>
  [...keys].map(([hash, { limit, expiresAt }]) => `${hash}:${limit}:${expiresAt.toString(36)}`).join(",");

/** Those of a text. */
export const keysIn = (text: string): KeyOverrides =>
  new Map(
    text.split(",").map((each) => {
      const [hash = "", limit, expiresAt = ""] = each.split(":");
      return [hash, { limit: Number(limit), expiresAt: Number.parseInt(expiresAt, 36) }];
    }),
  );

/** The settings as they count for the runs of one key. */
export const ofKey = (settings: PoolSettings, hash: string, now: number): QueueSettings =>
  settingsWith(settings, settings.keys?.get(hash), now);

/** Those that still count, without the one of this key. */
export const othersOf = (
  keys: KeyOverrides | undefined,
  hash: string,
  now: number,
): Map<string, KeyOverride> =>
  new Map([...(keys ?? [])].filter(([each, override]) => each !== hash && isInForce(override, now)));
