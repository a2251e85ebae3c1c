/**
 * `holdfast open`: the dashboard in the browser, signed in.
 *
 * Never: prints or passes on the key; the link that it makes is good once, for five minutes.
 */
import type { Command } from "commander";
import { askApi } from "../../sdk/calling.ts";
import { apiClient } from "../../sdk/client.ts";
import { type Cli, newCommand, type ServerOptions, talking } from "../command.ts";
import { serverOf } from "../connection.ts";
import { opened } from "../open-browser.ts";

interface Options extends ServerOptions {
  readonly print?: true;
}

/** In AWS nobody remembers that a link was used: there it is an address, and the key is typed. */
async function linkOf(cli: Cli, run: string | undefined, options: Options): Promise<string> {
  const server = await serverOf(cli, options);
  if (run !== undefined) await apiClient(server).retrieveRun(run);
  const base = server.baseUrl.replace(/\/+$/, "");
  const at = run === undefined ? "" : `/${encodeURIComponent(run)}`;
  if (options.stack !== undefined) return `${base}/runs${at}`;
  const made = await askApi<{ path: string }>(server, {
    method: "POST",
    path: "/api/v1/sign-in-links",
    body: "{}",
    once: true,
  });
  const [page, token] = made.path.split("#");
  const query = run === undefined ? "" : `?${new URLSearchParams({ run })}`;
  return `${base}${page}${query}#${token}`;
}

async function open(cli: Cli, run: string | undefined, options: Options): Promise<void> {
  const { screen } = cli;
  const isSignedIn = options.stack === undefined;
  const url = await linkOf(cli, run, options);
  if (options.json) return screen.json({ url, isSignedIn });
  screen.say(url);
  if (!isSignedIn) screen.note("It asks for the secret key.");
  if (options.print === true || (await opened(url))) return;
  screen.note("No program that opens a browser was found: open it yourself, within five minutes.");
}

/** The command. */
export function openCommand(cli: Cli): Command {
  return talking(
    newCommand("open", "open the dashboard in the browser, signed in", [
      "open",
      "open run_abc",
      "open --print",
    ]),
  )
    .argument("[run]", "a run to show")
    .option("--print", "only print the link: it signs in once, within five minutes")
    .action((run: string | undefined, options: Options) => open(cli, run, options));
}
