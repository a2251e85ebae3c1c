/** A store whose runs are encrypted keeps what every store promises. */
import { storeContract } from "./store.ts";
import { encryptedMemory } from "./stores.ts";

storeContract("memory with its runs encrypted", encryptedMemory);
