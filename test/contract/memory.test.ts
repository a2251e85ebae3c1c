import { storeContract } from "./store.ts";
import { memory } from "./stores.ts";

storeContract("memory", memory);
