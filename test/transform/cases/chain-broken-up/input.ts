import { users } from "./schema";
let counter = 0;
export async function run(queue: Queue) {
  const rows = await db.select().from(users).where(eq(users.id, counter)).limit(10);
  queue.shift().process(queue.length);
  next().add(counter);
  return rows;
}
function next() {
  counter += 1;
  return adder;
}
