import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/typescript.ts", [["488d2r9e","fetch",3,"eq"], ["2d85t2gd","load",6,"ae"], ["brbjo39f","ambient",7,"ae"], ["s7eqab2t","send().items.first",8,""], ["qf4p8bhf","build().value",9,""], ["agacs936","build",9,"q"], ["jmm3mcie","send",12,""]]);
import type { A } from "./types";
enum Kind { One = 1, Two = "two".length }
namespace Inner { export const load = (x: number) => { const $f1 = $hf.enter("hf:u:q23e10am", null); return $hf.call($f1, $s[0], undefined, fetch, [String(x)]); }; }
declare function ambient(x: number): void;
export async function run<T extends A>(this: A, x: T, y?: number): Promise<T> { const $f1 = $hf.enter("hf:a:gc8b7ebp", null);
  const a = await $hf.call($f1, $s[1], undefined, load, [x])!;
  const b = (await $hf.call($f1, $s[2], undefined, (ambient as any), [x])) satisfies T;
  const c = <any>$hf.call($f1, $s[3], undefined, send, [x!], [["items"]!, ["first", []]])!;
  return $hf.join($f1, $s[4], $hf.call($f1, $s[5], undefined, build, [a, b, c], [["value"]]) as T);
}
export function overload(a: string): void;
export function overload(a: unknown) { const $f1 = $hf.enter("hf::wzk29uyp", null); $hf.call($f1, $s[6], undefined, send, [a]); }
