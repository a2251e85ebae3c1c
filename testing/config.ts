/**
 * The environment of a process that stands for many: what a task reads of it is set while its run goes on, and put back.
 *
 * Owns:      the only reading and writing of the environment in testing/.
 */

/** Variables by name; undefined: not set. */
type Variables = Readonly<Record<string, string | undefined>>;

/** Names that Node looks for the temporary folder under. */
const temporaryNames = ["TMPDIR", "TMP", "TEMP"] as const;

const secretsOf = Symbol.for("holdfast.secrets");

/** A copy of the environment as it is. */
function current(): Variables {
  return { ...process.env };
}

function put(variables: Variables): void {
  for (const name of Object.keys(process.env)) if (!(name in variables)) delete process.env[name];
  for (const [name, value] of Object.entries(variables))
    if (value === undefined) delete process.env[name];
    else if (process.env[name] !== value) process.env[name] = value;
}

/** What a process of a run sees besides the environment that is there. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

/** The environment during a run. */
export interface RunEnvironment {
  /** What a new process begins with, and this folder for temporary files. */
  renew(temporary: string): void;
  /** As it was before the run. */
  restore(): void;
}

/** Takes the environment over, until it is restored. */
export function runEnvironment({ env, secrets }: Surroundings): RunEnvironment {
  const before = current();
  const own = { ...before, ...secrets, ...env };
  Object.defineProperty(process, secretsOf, { value: secrets, configurable: true, writable: true });
  return {
    renew(temporary) {
      put({ ...own, ...Object.fromEntries(temporaryNames.map((name) => [name, temporary])) });
    },
    restore() {
      put(before);
      Reflect.deleteProperty(process, secretsOf);
    },
  };
}
