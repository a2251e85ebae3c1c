/**
 * A process that writes to a database without pause, and says what was promised to it: one line for each.
 *
 * Arguments: the database, its own name, how often.
 */

import { claim } from "../../engine/head-write.ts";
import { openSqliteStore } from "../../local/sqlite-store.ts";
import { anEntry, aRun } from "../contract/runs.ts";

const [path = "", name = "", times = "0"] = process.argv.slice(2);
const store = openSqliteStore(path);

// Lines are written at once: what a killed process had been promised must not be lost with its buffers.
async function promised(kind: string, what: string, done: Promise<boolean>): Promise<void> {
  if (await done) process.stdout.write(`${kind} ${what}\n`);
}

for (let n = 0; n < Number(times); n++) {
  const own = `${name}_${n}`;
  const shared = `shared_${n}`;
  await Promise.all([
    promised(
      "created",
      own,
      store.create(aRun({ id: own })).then(({ created }) => created),
    ),
    promised(
      "created",
      shared,
      store.create(aRun({ id: shared })).then(({ created }) => created),
    ),
    promised(
      "claimed",
      shared,
      store.write(shared, claim(name, 1)).then(({ applied }) => applied),
    ),
    promised(
      "claimed",
      own,
      store.write(own, claim(name, 1)).then(({ applied }) => applied),
    ),
    promised("sent", `all ${own}`, store.send("all", { id: own, data: "0" }, 1)),
  ]);
  const lease = { runId: own, owner: name, epoch: 1 };
  for (const number of [1, 2]) {
    const appended = store.append(lease, anEntry(number, 1)).then(({ outcome }) => outcome === "appended");
    await promised("appended", `${own} ${number}`, appended);
  }
}
store.close();
