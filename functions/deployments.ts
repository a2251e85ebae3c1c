/** Deployments: the versions of the code that are kept, each with when it was made. */

/** A version of the code. */
export interface KnownDeployment {
  /** As runs are pinned to it. */
  readonly version: string;
  /** In ms of the epoch: when it was built, in AWS when it was published. */
  readonly at: number;
  /** The version of Node that it runs on; absent where nobody knows it. */
  readonly nodeVersion?: string;
}

/** Gives all that are kept, in any order. */
export type Deployments = () => Promise<readonly KnownDeployment[]>;

/** In AWS: what the planner is asked, which alone may list them. */
export interface AskedDeployments {
  readonly deployments: true;
}
