import { storeContract } from "./store.ts";
import { sqlite } from "./stores.ts";

storeContract("SQLite", sqlite);
