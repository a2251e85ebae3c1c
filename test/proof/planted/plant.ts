/** `node --import` this file: the process that is started has the bug of `HOLDFAST_PLANTED`. */
import { register } from "node:module";

register("./loader.js", import.meta.url, { data: JSON.parse(process.env.HOLDFAST_PLANTED ?? "{}") });
