/** The further keys of a data folder, as the command line handles them. */
import { type KeyRing, keyRing } from "../functions/key-ring.ts";
import { keepKeys, madeKeys, usesOfKeys } from "./api-keys.ts";

/** The ring of a data folder. */
export const localKeyRing = (dataFolder: string): KeyRing =>
  keyRing({
    kind: "dev",
    async change(change) {
      const keys = change(madeKeys(dataFolder));
      if (keys !== undefined) keepKeys(dataFolder, keys);
    },
    uses: () => usesOfKeys(dataFolder),
  });
