const client = new Client(process.env.KEY);
const table = await client.table("x");
for await (const row of table.rows()) console.log(row);
export default async function () {
  return client.list();
}
client.on("close", () => reconnect());
