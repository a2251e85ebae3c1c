/**
 * Takes large values out of the bucket.
 *
 * Never:     takes a value that was put again meanwhile: the bucket has versions, and the one that was looked at goes, and
 *            no other. Older copies of the same bytes go by the bucket's own rule, a day after they were replaced.
 * Invariant: false for a value of the last minute: whoever put it may not have said yet that he refers to it.
 */
import type { S3Client } from "@aws-sdk/client-s3";
import { freshMs, type ValueBin } from "../../engine/erasure.ts";
import type { Clock } from "../../engine/ports.ts";
import { isMissing, objectOf, type S3SpillOptions } from "./s3-spill.ts";

/** A HEAD has no body: S3 gives a number, and no word of what it forbids. */
const isForbidden = (error: unknown): boolean =>
  (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode === 403;
const forbidden = (bucket: string, cause: unknown): Error =>
  new Error(`S3 refuses to tell of a value of ${bucket}: the role needs s3:GetObject and s3:ListBucket.`, {
    cause,
  });

/** A bin for the values of a bucket. */
export function s3Bin({
  bucket,
  makeClient,
  clock,
}: S3SpillOptions & { readonly clock: Pick<Clock, "now"> }): ValueBin {
  let client: Promise<S3Client> | undefined;
  return {
    async remove(ref) {
      if (!/^[0-9a-f]{64}$/.test(ref)) return true;
      client ??= makeClient();
      const [s3, { HeadObjectCommand, DeleteObjectCommand }] = await Promise.all([
        client,
        import("./s3-bin-parts.ts"),
      ]);
      const object = objectOf(bucket, ref);
      const found = await s3.send(new HeadObjectCommand(object)).catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw isForbidden(error) ? forbidden(bucket, error) : error;
      });
      if (found === undefined) return true;
      const { LastModified, VersionId } = found;
      if (LastModified !== undefined && clock.now() - LastModified.getTime() < freshMs) return false;
      await s3.send(new DeleteObjectCommand({ ...object, ...(VersionId && { VersionId }) }));
      return true;
    },
  };
}
