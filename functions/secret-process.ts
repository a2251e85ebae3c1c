/**
 * The `process` that a loaded bundle sees: the real one, whose `env` has the secrets of one version besides.
 *
 * A bundle is loaded once for each version of the secrets. All code in it, the author's and the packages', reads `process`
 * by a name that the build has replaced (`transform/bundle-process.ts`): at the top of a file as well as in a run. So two
 * runs on two versions meet in one process, and each sees its own.
 *
 * Owns:      which bundle, by its URL or its folder's, has which version.
 * Invariant: what the environment has itself is not replaced: no secret leads Holdfast's own clients, or Node, elsewhere.
 */
import { forTasks, type SecretValues } from "./project-secrets.ts";

/** Where a bundle looks for its process; and where `secret()` of the SDK finds the values, in that process. */
const processOf = Symbol.for("holdfast.process");
const secretsOf = Symbol.for("holdfast.secrets");

/** Names that never get into an environment: AWS's clients would take them for their own. `secret()` gives them. */
const isReserved = (name: string): boolean => name.startsWith("AWS_");

/** An environment of its own: what is written to it is seen by this bundle alone. */
function environment(real: NodeJS.ProcessEnv, values: SecretValues): NodeJS.ProcessEnv {
  const own: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(values))
    if (!isReserved(name) && real[name] === undefined) own[name] = value;
  const from = (name: string | symbol): NodeJS.ProcessEnv =>
    typeof name === "string" && Object.hasOwn(own, name) ? own : real;
  return new Proxy(real, {
    get: (_, name) => Reflect.get(from(name), name) as unknown,
    has: (_, name) => name in from(name),
    ownKeys: () => [...new Set([...Reflect.ownKeys(real), ...Object.keys(own)])],
    getOwnPropertyDescriptor: (_, name) => {
      const found = Reflect.getOwnPropertyDescriptor(from(name), name);
      return found && { ...found, configurable: true };
    },
    set: (_, name, value) => Reflect.set(from(name), name, String(value)),
    deleteProperty: (_, name) => Reflect.deleteProperty(from(name), name),
  });
}

/** The process, with the secrets in its environment. What is called on it is called on the real one. */
function withSecrets(real: NodeJS.Process, values: SecretValues): NodeJS.Process {
  const env = environment(real.env, values);
  return new Proxy(real, {
    get(target, name) {
      if (name === "env") return env;
      return name === secretsOf ? values : (Reflect.get(target, name, target) as unknown);
    },
    set: (target, name, value) => Reflect.set(target, name, value, target),
  });
}

const processes = new Map<string, NodeJS.Process>();

/** The bundle with this URL, or in this folder's URL, sees these secrets. Before it is loaded. */
export function giveSecrets(url: string, values: SecretValues): void {
  processes.set(url, withSecrets(process, forTasks(values)));
  const find = (bundle: string): NodeJS.Process | undefined =>
    processes.get(bundle) ?? processes.get(new URL(".", bundle).href);
  Object.assign(globalThis, { [processOf]: find });
}
