/**
 * The start of the dispatcher: the current secrets first, then the tasks, which may read them at the top of a file.
 *
 * Owns:      the copies of the tasks' code in this process, one for each version of the secrets that a run here was on.
 *            Nearly always that is one: a second one is loaded after the secrets were changed.
 * Never:     is loaded by anything but the dispatcher's entry (`transform/dispatcher-entry.ts`).
 */
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { secretsManagerSecrets, secretText } from "./aws/secrets.ts";
import { makeSecretsClient } from "./aws/secrets-client.ts";
import { realClock } from "./clock.ts";
import { copyOf } from "./code-copy.ts";
import { secretIdOf } from "./config.ts";
import type { Copies, DispatchCode } from "./dispatch.ts";
import { maskOutput } from "./masked-output.ts";
import type { ProjectSecrets, SecretVersion } from "./project-secrets.ts";
import { giveSecrets } from "./secret-process.ts";
import { Vault } from "./vault.ts";
import { standardLog } from "./wire.ts";

/** The file that the build makes of the tasks. */
const tasksFile = "tasks.mjs";

/** Without the setting there are none: the function says so when it is invoked. */
const noSecrets: ProjectSecrets = {
  current: async () => undefined,
  values: async () => ({ version: undefined, values: {}, isReplaced: false }),
};

async function loadCopy(folder: string, { version, values }: SecretVersion): Promise<DispatchCode> {
  const copy = copyOf(folder);
  standardLog().info("The tasks are loaded for another version of the secrets", { secretVersion: version });
  giveSecrets(pathToFileURL(`${copy}/`).href, values);
  return (await import(pathToFileURL(join(copy, tasksFile)).href)) as DispatchCode;
}

function copiesOf(
  folder: string,
  own: Pick<Copies, "vault" | "readSecret">,
  first: SecretVersion,
  code: DispatchCode,
): Copies {
  const copies = new Map([[first.version, Promise.resolve(code)]]);
  return {
    ...own,
    load(secrets) {
      const known = copies.get(secrets.version);
      if (known !== undefined) return known;
      const made = loadCopy(folder, secrets);
      copies.set(secrets.version, made);
      made.catch(() => copies.delete(secrets.version));
      return made;
    },
  };
}

/**
 * Gives the handler. `url`: of the entry; `load`: loads the tasks that lie beside it.
 * Rejects, and with it the start of the process, where the secrets cannot be read: without them the tasks would see others.
 */
export async function start(url: string, load: () => Promise<DispatchCode>) {
  const secretId = secretIdOf();
  const client = makeSecretsClient();
  const secrets =
    secretId === undefined ? noSecrets : secretsManagerSecrets({ client, secretId, clock: realClock });
  const vault = new Vault(secrets);
  maskOutput((text) => vault.mask(text));
  const first = await vault.open(await vault.current());
  giveSecrets(new URL(".", url).href, first.values);
  const code = await load();
  const own = { vault, readSecret: (id: string) => secretText(client, id) };
  return code.connect(copiesOf(fileURLToPath(new URL(".", url)), own, first, code));
}
