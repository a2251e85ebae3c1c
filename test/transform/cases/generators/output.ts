import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/generators.ts", [["zupsq26a","items.slice",2,""], ["nl5xlh9r","this.walk",6,""]]);
export function* chunk<T>(items: T[], size: number, ...{ $f1 = $hf.enter("hf::ng72cycs", null) }) {
  for (let i = 0; i < items.length; i += size) yield $hf.call($f1, $s[0], items, items.slice, [i, i + size]);
}
export class Tree {
  *[Symbol.iterator](...{ $f1 = $hf.enter("hf::1chtx797", null), $t1 }) {
    yield* (($t1 = this.walk) == null ? void 0 : $hf.call($f1, $s[1], this, $t1, []));
  }
}
export function* plain(n: number) {
  while (n-- > 0) yield n;
}
