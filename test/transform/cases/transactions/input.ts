import { step } from "holdfast";
export async function run(db: Db) {
  await db.query("BEGIN");
  await db.query(` begin transaction`);
  await client.execute(`START TRANSACTION ${mode}`);
  await sql`BEGIN`;
  const session = await mongo.startTransaction();
  await db.query("SELECT 1 -- BEGIN");
  await prisma.$transaction(async (tx) => {
    await tx.user.create({});
  });
  return session;
}
export async function allowed(db: Db) {
  logger.info("Begin processing");
  db.query("BEGINNING");
  await step("pay", async () => {
    await db.query("BEGIN");
    for await (const row of db.rows()) await db.query(row);
    await db.query("COMMIT");
  });
}
