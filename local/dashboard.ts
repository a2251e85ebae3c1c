/** What the dashboard needs on one machine: its built files in this package, and the links that sign in once. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { readDashboard } from "../functions/dashboard-files.ts";
import type { HttpDeps } from "../functions/deps.ts";
import { linkFor, oneTimeTokens } from "../functions/one-time-link.ts";
import { packageRoot } from "./package-root.ts";

/** The dashboard's part of the HTTP app; `tell` gets each link, the next one as soon as one is used. */
export function dashboardDeps(
  url: string,
  tell: ((link: string) => void) | undefined,
): Pick<HttpDeps, "dashboard" | "signIn"> {
  return {
    dashboard: readDashboard(pathToFileURL(join(packageRoot, "dist", "dashboard", "/"))),
    signIn: oneTimeTokens(tell && ((token) => tell(linkFor(url, token)))),
  };
}
