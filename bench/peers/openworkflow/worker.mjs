/** A process that does what the database has for it, and begins with what its environment says. */
import { open } from "./workflows.mjs";

const { workflows, worker } = open(process.env.DATABASE);
await worker.start();
if (process.env.HANG) await workflows.hang.run(JSON.parse(process.env.HANG));
process.stdout.write("at work\n");
