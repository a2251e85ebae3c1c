import { sameAsMemory } from "./random.ts";
import { sqlite } from "./stores.ts";

sameAsMemory("SQLite", sqlite);
