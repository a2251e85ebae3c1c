/**
 * Deployments: which versions of the code are kept, and which one new runs begin on.
 */
import { askApi } from "./calling.ts";
import { clientConfig } from "./config.ts";
import { type CursorPagePromise, recordedList } from "./cursor-page.ts";

/** A version of the code. */
export interface Deployment {
  /** The same as `version`. */
  readonly id: string;
  readonly shortCode: string;
  /** As `ctx.run.version` and the trigger option `version` name it. */
  readonly version: string;
  /** When it was built, in AWS when it was published. */
  readonly createdAt: Date;
  readonly deployedAt: Date;
  /** What failed is kept nowhere. */
  readonly status: "DEPLOYED";
  readonly runtime: "node";
  /** Null where nobody knows it: of older code on one machine. */
  readonly runtimeVersion: string | null;
}

/** Which deployments to list, newest first; all by default. */
export interface ListDeploymentsOptions {
  /** There are none but `DEPLOYED`. */
  readonly status?: "PENDING" | "BUILDING" | "DEPLOYING" | "DEPLOYED" | "FAILED" | "CANCELED" | "TIMED_OUT";
  /** A duration back from now, such as "7d". */
  readonly period?: string;
  /** An ISO date. */
  readonly from?: string;
  /** An ISO date. */
  readonly to?: string;
  /** Begin behind this one's id. */
  readonly cursor?: string;
  /** Per page, 1 to 100; 20 by default. */
  readonly limit?: number;
}

type Raw = Omit<Deployment, "createdAt" | "deployedAt"> & {
  readonly createdAt: string;
  readonly deployedAt: string;
};

const path = "/api/v1/deployments";

const deploymentOf = ({ createdAt, deployedAt, ...rest }: Raw): Deployment => ({
  ...rest,
  createdAt: new Date(createdAt),
  deployedAt: new Date(deployedAt),
});

const listed = recordedList<ListDeploymentsOptions, Deployment>(
  "deployments",
  async ({ cursor, limit, ...rest }, { after = cursor }) => {
    const given = Object.entries({ ...rest, "page[after]": after, "page[size]": limit });
    const query = new URLSearchParams(
      given.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
    );
    const { data, pagination } = await askApi<{
      readonly data: readonly Raw[];
      readonly pagination: { readonly next?: string };
    }>(clientConfig(), { method: "GET", path, query });
    return { data: data.map(deploymentOf), pagination };
  },
);

/**
 * The versions of the code: those that have runs which may go on, and the newest.
 *
 * @example
 * ```ts
 * import { deployments, task } from "holdfast";
 *
 * export const sync = task({
 *   id: "sync",
 *   run: async (_: void, { ctx }) => {
 *     const current = await deployments.retrieveCurrent();
 *     return current.version === ctx.run.version ? "on the newest code" : "on older code";
 *   },
 * });
 * ```
 */
export const deployments = {
  /** The one that new runs begin on. */
  retrieveCurrent: async (): Promise<Deployment> =>
    deploymentOf(await askApi<Raw>(clientConfig(), { method: "GET", path: `${path}/current` })),
  /** Newest first: await one page, or go through all with `for await`. */
  list: (options: ListDeploymentsOptions = {}): CursorPagePromise<Deployment> => listed(options),
};
