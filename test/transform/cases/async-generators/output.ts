import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/async-generators.ts", [["op84jmuh","first",1,""], ["vhc4rx3c","load",2,"ae"], ["ytl9mgac","load",3,"a"], ["bfnjqvza","load",4,""], ["0tjgxn7c","later",5,""], ["zy5b33l6","inner()",6,"i"], ["8qmjoxbs","inner",6,"i"], ["bcfee3mv","tidy",10,"ae"], ["vn1i7a2n","items",15,""], ["g4q73dz5","item",15,""], ["w3uizray","this.rows()",19,"i"], ["5ap9bom2","this.rows",19,"i"], ["di8qrrxm","pages()",24,"i"], ["5byrdew1","pages",24,"ei"], ["ydg39hls","send",24,"ae"]]);
export async function* pages(from = $hf.call($hf.peek(null), $s[0], undefined, first, []), ...{ $f1 = $hf.enter("hf:g:6eyj7yq0", null) }) {
  yield await $hf.call($f1, $s[1], undefined, load, [from]);
  yield $hf.call($f1, $s[2], undefined, load, [2]);
  const later = $hf.call($f1, $s[3], undefined, load, [3]);
  const got = yield $hf.join($f1, $s[4], later);
  yield* $hf.iterate($f1, $s[5], $hf.call($f1, $s[6], undefined, inner, [got]));
  try {
    yield 1;
  } catch ($t1) { if ($hf.leaving($f1, $t1)) await $hf.never(); throw $t1; } finally {
    await $hf.call($f1, $s[7], undefined, tidy, []);
  }
  return later, got;
}
async function* inner<T>(items: AsyncIterable<T>, ...{ $f1 = $hf.enter("hf:g:qfqqoefw", null), $t2 }) {
  for await (const item of $t2 = $hf.iterate($f1, $s[8], items)) { try { yield $hf.join($f1, $s[9], item); } catch ($t3) { if ($hf.broken($f1, $t2, $t3)) await $hf.never(); throw $t3; } }
}
export class Repo {
  async *[Symbol.asyncIterator](...{ $f1 = $hf.enter("hf:g:w5omoqou", null) }) {
    yield* $hf.iterate($f1, $s[10], $hf.call($f1, $s[11], this, this.rows, []));
  }
  async *rows(...{ $f1 = $hf.enter("hf:g:m399llj8", null) }) {}
}
export const use = async () => { const $f1 = $hf.enter("hf:a:sb1zpurm", null); let $t4;
  for await (const page of $t4 = $hf.iterate($f1, $s[12], $hf.call($f1, $s[13], undefined, pages, []))) { try { await $hf.call($f1, $s[14], undefined, send, [page]); } catch ($t5) { if ($hf.broken($f1, $t4, $t5)) await $hf.never(); throw $t5; } }
};
