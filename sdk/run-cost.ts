/** What a run has cost: what its log counts, and what that is in AWS. */

/** What passes of a `longRunning` task take of Fargate. */
export interface FargateUnits {
  /** How many were begun. */
  readonly tasks: number;
  /** Seconds times processors: the time of work, and a minute for each task at least. What a task takes to begin is not in it. */
  readonly vcpuSeconds: number;
  /** Seconds times gigabytes. */
  readonly gbSeconds: number;
}

/** What of a run is on AWS's bill, worked out from its log; on one machine, what the same run would take there. */
export interface AwsUnits {
  /** Of DynamoDB, indexes included. */
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Sends, receives and deletes of its rings. */
  readonly sqsRequests: number;
  /** Of the dispatcher. */
  readonly invocations: number;
  /** Of the dispatcher, while passes worked: its start is not in it. 0 where they are in Fargate. */
  readonly gbSeconds: number;
  /** Where the newest code has the task as `longRunning`: its passes are in Fargate. */
  readonly fargate?: FargateUnits;
  /** US dollars for all of these, in us-east-1, free tiers left out. */
  readonly usd: number;
}

/** What can be counted of a run on every store. */
export interface RunCost {
  /** Records in its journal: each was one write. Those of the run that it is a fork of count too. */
  readonly records: number;
  /** Their bytes as JSON text; large values are kept apart. */
  readonly recordBytes: number;
  /** How often somebody has begun to work on it: in AWS, invocations. */
  readonly passes: number;
  /** Tries of its awaits that failed. */
  readonly failedTries: number;
  /** What it takes in AWS. Children count for themselves. */
  readonly aws: AwsUnits;
}
