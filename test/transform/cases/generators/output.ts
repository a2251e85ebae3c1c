import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/generators.ts", [["zupsq26a","items.slice",2,""], ["nl5xlh9r","this.walk",6,""], ["2ezx67rz","load",14,""], ["9o1c3bkb","load",14,""], ["kjk7xcnh","items",17,""]]);
export function* chunk<T>(items: T[], size: number, ...{ $f1 = $hf.enter("hf:g:ng72cycs", null) }) {
  for (let i = 0; i < items.length; i += size) yield $hf.call($f1, $s[0], items, items.slice, [i, i + size]);
}
export class Tree {
  *[Symbol.iterator](...{ $f1 = $hf.enter("hf:gl:1chtx797", null), $t1 }) {
    yield* (($t1 = this.walk) == null ? void 0 : $hf.call($f1, $s[1], this, $t1, []));
  }
}
export function* plain(n: number) {
  while (n-- > 0) yield n;
}

export function* rest(first: string, ...{ $f1 = $hf.enter("hf:g:2qloineo", null), ...$t2 }) { var items = Object.values($t2);
  for (const item of items) yield $hf.call($f1, $s[2], undefined, load, [first?.length ?? $hf.call($f1, $s[3], undefined, load, [item])]);
}
export async function* later<T>(...{ $f1 = $hf.enter("hf:g:rzptl29t", null), ...$t3 }) { var items = Object.values($t3);
  yield* $hf.iterate($f1, $s[4], items);
}
