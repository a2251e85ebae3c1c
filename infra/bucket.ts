/**
 * The bucket: values above 32 KB, by the hash of their content.
 *
 * Invariant: private, encrypted, TLS only. Nothing in it is deleted by age: a run may wait for a year.
 */
import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  ObjectOwnership,
  StorageClass,
} from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import { argue } from "./nag.ts";
import type { Settings } from "./props.ts";
import { lasting, lastingId } from "./stable.ts";

/** What the name of every value begins with. */
const prefix = "values/";

/** Makes the bucket. */
export function makeBucket(owner: Construct, { removalPolicy, kmsKey }: Settings): Bucket {
  const bucket = new Bucket(owner, "Values", {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    ...(kmsKey === undefined
      ? { encryption: BucketEncryption.S3_MANAGED }
      : // A key of the bucket's own, made from it: else every value would be a call of KMS.
        { encryption: BucketEncryption.KMS, encryptionKey: kmsKey, bucketKeyEnabled: true }),
    enforceSSL: true,
    removalPolicy,
    // CloudFormation deletes no bucket that has something in it.
    autoDeleteObjects: removalPolicy === RemovalPolicy.DESTROY,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    lifecycleRules: [
      { id: "unfinished-uploads", abortIncompleteMultipartUploadAfter: Duration.days(1) },
      {
        id: "rarely-read",
        transitions: [{ storageClass: StorageClass.INFREQUENT_ACCESS, transitionAfter: Duration.days(90) }],
      },
    ],
  });
  argue(owner, {
    [`AwsSolutions-IAM5[Resource::<${lastingId(owner, "Values")}.Arn>/${prefix}*]`]:
      "A value's name is the hash of its content: it is not known before there is one. Get and put, in this bucket alone.",
  });
  argue(bucket, {
    "AwsSolutions-S1":
      "Two functions of this stack are all that reads it; an access log would need a bucket of its own.",
  });
  return lasting(owner, "Values", bucket, removalPolicy);
}

/** For who keeps large values and gets them back. Without the right to list, S3 calls a missing value forbidden. */
export function keepValues(bucket: Bucket): PolicyStatement[] {
  const actions = ["s3:GetObject", "s3:PutObject"];
  return [
    new PolicyStatement({ sid: "KeepValues", actions, resources: [bucket.arnForObjects(`${prefix}*`)] }),
    new PolicyStatement({
      sid: "KnowWhatIsMissing",
      actions: ["s3:ListBucket"],
      resources: [bucket.bucketArn],
    }),
  ];
}
