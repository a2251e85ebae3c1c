export function* chunk<T>(items: T[], size: number,) {
  for (let i = 0; i < items.length; i += size) yield items.slice(i, i + size);
}
export class Tree {
  *[Symbol.iterator]() {
    yield* this.walk?.();
  }
}
export function* plain(n: number) {
  while (n-- > 0) yield n;
}

export function* rest(first: string, ...items: string[]) {
  for (const item of items) yield load(first?.length ?? load(item));
}
export async function* later<T>(...items: T[]) {
  yield* items;
}
