export async function run(id: number) {
  const rows = await sql<Row>`select * from t where id = ${id}`;
  const other = await db.client().sql`select ${await value()}`.execute();
  return [rows, other, String.raw`\n${id}`];
}
