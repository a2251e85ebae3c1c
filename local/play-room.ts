/**
 * What a process has in which journals are played: its reading of a data folder, the code that it has loaded, and its world,
 * which is closed.
 *
 * Never:     writes to the store or the data folder; outlives the channel.
 */
import type { Stopping } from "../engine/onlooker.ts";
import type { Ports } from "../engine/ports.ts";
import type { Run } from "../engine/run.ts";
import type { LoadedSecrets } from "../engine/secret-pin.ts";
import { closeWorld } from "../functions/closed-world.ts";
import { codeOnSecrets } from "../functions/code-on-secrets.ts";
import { hearOfFiles } from "../functions/file-limit.ts";
import type { SecretVersion } from "../functions/project-secrets.ts";
import { sealedPorts } from "../functions/sealed-ports.ts";
import { Vault } from "../functions/vault.ts";
import { bundlePath } from "./bundle-folder.ts";
import { realClock } from "./clock.ts";
import { databasePath } from "./data-folder.ts";
import { type Host, type Hosts, loadedHosts, loadHost, type PassEnd } from "./hosts.ts";
import { localSecrets } from "./local-secrets.ts";
import type { ToPlay } from "./play-process.ts";
import { closeNatives } from "./replay-check/closed-natives.ts";
import { fileSpill } from "./spill.ts";
import { openSqliteReader } from "./sqlite-reader.ts";

export class PlayRoom {
  readonly dataFolder: string;
  readonly store;
  readonly spill;
  readonly #hosts: Hosts;
  readonly #vault: Vault;
  #copies = 0;
  /** The play that goes on. */
  play: Stopping | undefined;
  /** What the author's code has reached for since a run was begun with. */
  refused: string | undefined;

  constructor(dataFolder: string) {
    this.dataFolder = dataFolder;
    this.store = openSqliteReader(databasePath(dataFolder));
    this.spill = fileSpill(dataFolder);
    this.#hosts = loadedHosts(dataFolder);
    this.#vault = new Vault(localSecrets(dataFolder, realClock()));
    closeWorld((what) => {
      this.refused = what;
      this.play?.stop(`${what} would reach out of the process`);
    });
    const writes = (): void => {
      this.refused ??= "what writes a file";
      this.play?.stopBehind("it would write a file");
    };
    // Where nothing keeps compiled code from writing it is not called at all.
    if (!hearOfFiles(writes)) closeNatives(writes);
  }

  /** The code of this version, with the secrets that the run has pinned. */
  load(run: Run, codeVersion: string): Promise<{ readonly code: Host; readonly secrets: LoadedSecrets }> {
    this.refused = undefined;
    const load = (secrets: SecretVersion): Promise<Host> => this.#hosts.get(codeVersion, secrets);
    return codeOnSecrets(this.#vault, run, load);
  }

  /** The code once more, as a process that has just begun has it. */
  loadAgain(run: Run): Promise<{ readonly code: Host; readonly secrets: LoadedSecrets }> {
    const path = bundlePath(this.dataFolder, run.codeVersion) ?? "";
    return codeOnSecrets(this.#vault, run, (secrets) => loadHost(path, secrets, ++this.#copies));
  }

  /** A pass that is told to leave before it begins: what has no record is not begun. */
  pass(host: Host, secrets: LoadedSecrets, ports: Ports, runId: string): Promise<PassEnd> {
    return this.livePass(host, secrets, ports, runId, AbortSignal.abort());
  }

  /** A pass that does what the run would do, in this world. */
  livePass(
    host: Host,
    secrets: LoadedSecrets,
    ports: Ports,
    runId: string,
    signal?: AbortSignal,
  ): Promise<PassEnd> {
    return host.runPass(sealedPorts(ports, this.#vault), {
      ...{ runId, owner: "play", secrets, ...(signal && { signal }) },
      print: () => {},
    });
  }
}

/**
 * Makes this process one in which journals are played: each message is answered by `play`. Only where a process was made for
 * it: whoever imports its file by mistake goes on as before.
 */
export function playsHere<Asked, Answer>(play: (room: PlayRoom, asked: Asked) => Promise<Answer>): void {
  if (process.send === undefined) return;
  const send = process.send.bind(process);
  const exit = process.exit.bind(process);
  process.on("disconnect", () => exit());
  // Whatever the author's code throws where nobody waits for it: it is not to end this process.
  process.on("uncaughtException", () => {});
  process.on("unhandledRejection", () => {});
  let room: PlayRoom | undefined;
  process.on("message", async (message) => {
    const { dataFolder, asked } = message as ToPlay<Asked>;
    room ??= new PlayRoom(dataFolder);
    send(await play(room, asked));
  });
}
