export async function run() {
  eval("1 + 1");
  return new Function("return 1")();
}
