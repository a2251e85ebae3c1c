/**
 * What is used of S3's client, in a file of its own that is imported when it is needed.
 *
 * In a bundle that is split into files, `import("@aws-sdk/client-s3")` gives CommonJS as it is: a module with nothing but
 * `default`. A file of ours has names whatever becomes of what it imports.
 */
export { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
