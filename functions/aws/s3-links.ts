/**
 * Links to large values in the bucket: presigned by this function's own right to read them, so that an answer's 6 MB are
 * no limit to what can be fetched.
 *
 * Never:     loads the presigner before the first link: hardly a run needs one.
 * Invariant: whoever has a link can read one value, for a quarter of an hour at most, and nothing else. It ends sooner
 *            where the function's credentials do.
 */
import type { S3Client } from "@aws-sdk/client-s3";
import { objectOf, type S3SpillOptions } from "./s3-spill.ts";

/** Seconds. A link is made for the answer that has it, and followed at once. */
const expiresIn = 900;

/** Makes links to values of the bucket. */
export function s3Links({ bucket, makeClient }: S3SpillOptions): (ref: string) => Promise<string> {
  let client: Promise<S3Client> | undefined;
  return async (ref) => {
    const { GetObjectCommand } = await import("./s3-parts.ts");
    const { getSignedUrl } = await import("./s3-presigner.ts");
    client ??= makeClient();
    return getSignedUrl(await client, new GetObjectCommand(objectOf(bucket, ref)), { expiresIn });
  };
}
