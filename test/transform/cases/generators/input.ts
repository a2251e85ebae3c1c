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
