export function* all(...[first, ...others]: string[]) {
  yield load(first);
}
export function* strict() {
  "use strict";
  yield load(1);
}
