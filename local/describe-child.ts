/**
 * The child process that loads a bundle to see which tasks are in it, and ends.
 *
 * A child of its own: what stands at the top of the author's files runs here, and may hang, crash or stay in memory.
 */
import { HoldfastError } from "../engine/errors.ts";
import { limitNames } from "../engine/named-limits.ts";
import { Vault } from "../functions/vault.ts";
import { realClock } from "./clock.ts";
import type { Described } from "./describe.ts";
import { type Host, loadHost } from "./hosts.ts";
import { localSecrets } from "./local-secrets.ts";

/** What the supervisor sends. */
export interface Asked {
  readonly path: string;
  readonly dataFolder: string;
}

async function describe({ path, dataFolder }: Asked): Promise<Described> {
  const vault = new Vault(localSecrets(dataFolder, realClock()));
  try {
    const secrets = await vault.open(await vault.current());
    const host = await loadHost(path, secrets);
    return { tasks: host.describeTasks(), limits: limitsOf(host) };
  } catch (error) {
    return JSON.parse(vault.mask(JSON.stringify(problemOf(error)))) as Described;
  }
}

/** Code of an older Holdfast knows a plain limit alone. */
const limitsOf = (host: Host): string[] =>
  limitNames(
    (host.describeQueues?.() ?? []).map(({ name, concurrencyLimit, limits = concurrencyLimit }) => ({
      name,
      limits,
    })),
  );

/** What the author's files threw may have a secret in it. */
function problemOf(error: unknown): Described {
  const cause = error instanceof Error ? error.cause : undefined;
  const stack = cause instanceof Error ? { stack: cause.stack ?? "" } : {};
  if (error instanceof HoldfastError) {
    const { code, fix } = error;
    return {
      problem: { code, fix, what: error.message.slice(code.length + 1, -fix.length - 1), ...stack },
    };
  }
  const what = error instanceof Error ? error.message : String(error);
  return { problem: { code: "HF408", fix: "See docs/errors/HF408.md.", what, ...stack } };
}

// Only the process that the supervisor made answers: whoever imports this file by mistake goes on as before.
if (process.send !== undefined) {
  process.on("disconnect", () => process.exit());
  process.once("message", async (asked) => {
    const described = await describe(asked as Asked);
    // Whatever the author's files have started keeps a process alive: it has no more to do here.
    process.send?.(described, () => process.exit());
  });
}
