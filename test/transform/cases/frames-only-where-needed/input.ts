export const pure = (a: number, b: number) => a + b;
export function local(a: number) {
  let b = a;
  b += 1;
  return b;
}
export function member(o: { x: number }) {
  o.x = 1;
}
let seen = 0;
export function outer() {
  seen++;
}
export function throwing(a: number) {
  if (a > 1) throw new Error("big");
}
export function holding() {
  return () => 1;
}
