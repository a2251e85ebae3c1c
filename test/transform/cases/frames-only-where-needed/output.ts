import * as $hf from "holdfast/runtime";
export const pure = (a: number, b: number) => a + b;
export function local(a: number) {
  let b = a;
  b += 1;
  return b;
}
export function member(o: { x: number }) { const $f1 = $hf.enter("hf::eqtuzk2e", null);
  o.x = 1;
}
let seen = 0;
export function outer() { const $f1 = $hf.enter("hf::fuxtsh1g", null);
  seen++;
}
export function throwing(a: number) { const $f1 = $hf.enter("hf::fzvexc8z", null);
  if (a > 1) throw new Error("big");
}
export function holding() { const $f1 = $hf.enter("hf::qlknd7l9", null);
  return () => 1;
}
