import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { task } from "holdfast";

const client = new S3Client({
  endpoint: process.env.STUB_URL,
  forcePathStyle: true,
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
});

export const withS3 = task({
  id: "@aws-sdk/client-s3",
  run: async () => {
    const Bucket = "files";
    const put = await client.send(new PutObjectCommand({ Bucket, Key: "first.txt", Body: "Hello" }));
    const { Body, ContentLength } = await client.send(new GetObjectCommand({ Bucket, Key: "first.txt" }));
    const text = await Body?.transformToString();
    await client.send(new PutObjectCommand({ Bucket, Key: "second.txt", Body: `${text} again` }));
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket }));
    let missing: unknown;
    try {
      await client.send(new GetObjectCommand({ Bucket, Key: "nothing.txt" }));
    } catch (error) {
      missing = (error as Error).name;
    }
    return [put.ETag !== undefined, text, ContentLength, Contents?.map(({ Key }) => Key), missing];
  },
});
