/**
 * The bucket: values above 32 KB, by the hash of their content.
 *
 * Invariant: private, encrypted, TLS only. No value that a run has is deleted by age: a run may wait for a year.
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
    // Erasing takes away the very copy that it has looked at: one that was put meanwhile stays.
    versioned: true,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    lifecycleRules: [
      { id: "unfinished-uploads", abortIncompleteMultipartUploadAfter: Duration.days(1) },
      { id: "replaced", noncurrentVersionExpiration: Duration.days(1) },
      {
        id: "rarely-read",
        transitions: [{ storageClass: StorageClass.INFREQUENT_ACCESS, transitionAfter: Duration.days(90) }],
      },
    ],
  });
  argue(owner, {
    [`AwsSolutions-IAM5[Resource::<${lastingId(owner, "Values")}.Arn>/${prefix}*]`]:
      "A value's name is the hash of its content: it is not known before there is one. In this bucket alone.",
  });
  argue(bucket, {
    "AwsSolutions-S1":
      "Two functions of this stack are all that reads it; an access log would need a bucket of its own.",
  });
  return lasting(owner, "Values", bucket, removalPolicy);
}

/** For who keeps large values and gets them back. */
export function keepValues(bucket: Bucket): PolicyStatement[] {
  return onValues(bucket, "KeepValues", "s3:GetObject", "s3:PutObject");
}

/** For who asks since when a value is there. */
export function findValues(bucket: Bucket): PolicyStatement[] {
  return onValues(bucket, "FindValues", "s3:GetObject");
}

/** Without the right to list, S3 calls a missing value forbidden. */
function onValues(bucket: Bucket, sid: string, ...actions: string[]): PolicyStatement[] {
  return [
    new PolicyStatement({ sid, actions, resources: [bucket.arnForObjects(`${prefix}*`)] }),
    new PolicyStatement({
      sid: "KnowWhatIsMissing",
      actions: ["s3:ListBucket"],
      resources: [bucket.bucketArn],
    }),
  ];
}

/** For who erases runs: a copy of a value, by its version. */
export function eraseValues(bucket: Bucket): PolicyStatement {
  const resources = [bucket.arnForObjects(`${prefix}*`)];
  return new PolicyStatement({ sid: "EraseValues", actions: ["s3:DeleteObjectVersion"], resources });
}
