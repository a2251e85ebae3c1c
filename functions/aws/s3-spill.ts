/**
 * Large values as objects in a bucket, named by their content: `values/ab/cdef…`.
 *
 * Never:     loads the S3 client before the first large value: most runs have none, and it costs 30 ms of a cold start.
 * Invariant: a reference given out is in the bucket, and what `get` gives back has that hash.
 */
import type { S3Client } from "@aws-sdk/client-s3";
import type { Clock, Spill } from "../../engine/ports.ts";
import { contentHash, valueGone } from "../../engine/spilled.ts";

/** What the spill is made of. */
export interface S3SpillOptions {
  readonly bucket: string;
  /** Makes the client when it is needed; called once. `makeS3Client` of `clients.ts`. */
  readonly makeClient: () => Promise<S3Client>;
}

/** The object of a value. */
export const objectOf = (bucket: string, ref: string) => ({
  Bucket: bucket,
  Key: `values/${ref.slice(0, 2)}/${ref.slice(2)}`,
});

/** References known to be in the bucket; a process meets the same value again within one run. */
const knownMax = 1_000;
/** So long they are known: half of the time for which a value is not taken away (`freshMs` in engine/erasure.ts). */
const knownMs = 30_000;

/** Does S3 say that there is no such object? */
export const isMissing = (error: unknown): boolean =>
  error instanceof Error && (error.name === "NoSuchKey" || error.name === "NotFound");

/** A spill in an S3 bucket. */
export function s3Spill({
  bucket,
  makeClient,
  clock,
}: S3SpillOptions & { readonly clock: Pick<Clock, "now"> }): Spill {
  let loaded: ReturnType<typeof load> | undefined;
  const known = new Map<string, number>();

  async function load() {
    const [client, { GetObjectCommand, PutObjectCommand }] = await Promise.all([
      makeClient(),
      import("./s3-parts.ts"),
    ]);
    return { client, GetObjectCommand, PutObjectCommand };
  }

  function s3() {
    loaded ??= load().catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  }

  return {
    async put(text) {
      const ref = contentHash(text);
      const at = clock.now();
      if (at - (known.get(ref) ?? Number.NEGATIVE_INFINITY) < knownMs) return ref;
      const { client, PutObjectCommand } = await s3();
      const ContentType = "text/plain; charset=utf-8";
      await client.send(new PutObjectCommand({ ...objectOf(bucket, ref), Body: text, ContentType }));
      if (known.size >= knownMax) known.clear();
      known.set(ref, at);
      return ref;
    },
    async get(ref) {
      if (!/^[0-9a-f]{64}$/.test(ref)) throw valueGone(ref);
      const { client, GetObjectCommand } = await s3();
      const text = await client
        .send(new GetObjectCommand(objectOf(bucket, ref)))
        .then(({ Body }) => Body?.transformToString("utf-8"))
        .catch((error: unknown) => {
          throw isMissing(error) ? valueGone(ref, error) : error;
        });
      if (text === undefined || contentHash(text) !== ref) throw valueGone(ref);
      return text;
    },
  };
}
