/** S3's presigner, in a file of its own for the reason that `s3-parts.ts` gives. */
export { getSignedUrl } from "@aws-sdk/s3-request-presigner";
