/** What a bin uses of S3's client: see `s3-parts.ts`. In a file of its own: who only reads and puts does not load it. */
export { DeleteObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
