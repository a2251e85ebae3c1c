/** All edits of P9. */
import { beside } from "./beside.ts";
import { changed } from "./changed.ts";
import type { Edit } from "./edit.ts";
import { moved } from "./moved.ts";

export const edits: readonly Edit[] = [...moved, ...changed, ...beside];
