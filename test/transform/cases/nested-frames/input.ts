export async function run(items: string[]) {
  async function one(item: string) {
    const parts = await split(item);
    return Promise.all(parts.map(async (part) => await send(part)));
  }
  const total = items.reduce((sum, item) => sum + item.length, 0);
  for (const item of items) await one(item);
  return { total, handler: { on: () => one("x") } };
}
