/**
 * What the environment says, read once: the only place in cli/ that looks there.
 *
 * Owns: HOLDFAST_API_URL, HOLDFAST_SECRET_KEY and their other names; NO_COLOR.
 */

/** The environment, as `process.env` has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the command line takes from its surroundings. */
export interface CliConfig {
  /** All of it: the tasks get to see it. */
  readonly env: Environment;
  /** Where the server is, if the environment says so. */
  readonly url?: string;
  readonly secretKey?: string;
  /** Print colours to a terminal. */
  readonly colours: boolean;
}

function first(env: Environment, ...names: string[]): string | undefined {
  return names.map((name) => env[name]).find((value) => value !== undefined && value !== "");
}

/** Reads the environment. */
export function cliConfig(env: Environment = process.env): CliConfig {
  const url = first(env, "HOLDFAST_API_URL", "TRIGGER_API_URL");
  const secretKey = first(env, "HOLDFAST_SECRET_KEY", "TRIGGER_SECRET_KEY");
  return {
    env,
    ...(url === undefined ? {} : { url }),
    ...(secretKey === undefined ? {} : { secretKey }),
    colours: first(env, "NO_COLOR") === undefined && first(env, "TERM") !== "dumb",
  };
}
