export async function* pages(from = first()) {
  yield await load(from);
  yield load(2);
  const later = load(3);
  const got = yield later;
  yield* inner(got);
  try {
    yield 1;
  } finally {
    await tidy();
  }
  return later, got;
}
async function* inner<T>(items: AsyncIterable<T>) {
  for await (const item of items) yield item;
}
export class Repo {
  async *[Symbol.asyncIterator]() {
    yield* this.rows();
  }
  async *rows() {}
}
export const use = async () => {
  for await (const page of pages()) await send(page);
};
