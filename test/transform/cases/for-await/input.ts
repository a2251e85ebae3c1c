export async function run(stream: AsyncIterable<string>) {
  for await (const part of stream) log(part);
  for await (const { id, name = await nameOf(id) } of db.rows()) {
    if (!name) continue;
    await send(id);
  }
  const pages = await client.pages();
  outer: for await (const page of pages) for await (const item of page.items) if (item.last) break outer;
  try {
    for await (item of [load(1), load(2)]) throw new Error(item);
  } catch (error) {
    log(error);
  }
  for (const list of [1, 2]) for await (const x of pages) log(x);
}
for await (const line of lines()) log(line);
