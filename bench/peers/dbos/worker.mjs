/** A process that does what the database has for it, and begins with what its environment says. */
import { DBOS, hang, launch } from "./workflows.mjs";

await launch();
if (process.env.HANG) await DBOS.startWorkflow(hang, { workflowID: "hang" })(JSON.parse(process.env.HANG));
process.stdout.write("at work\n");
setInterval(() => {}, 1e6);
