import { startWorker } from "./jobs.mjs";

await startWorker().waitUntilReady();
process.stdout.write("at work\n");
