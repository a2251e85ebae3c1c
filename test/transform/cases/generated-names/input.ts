const $hf = 1, $f1 = 2;
export async function run($s: number) {
  return await load($hf, $f1, $s)?.x(await make());
}
