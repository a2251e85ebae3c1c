import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/blame-not.ts", [["cz3u4cb0","load",3,"a"], ["vcad2z70","load",8,"ae"], ["vz1e3ir4","ship",9,""]]);
export async function run(id: string) { const $f1 = $hf.enter("hf:a:cmn83zuf", null);
  try {
    await $hf.call($f1, $s[0], undefined, load, [id]);
  } catch (error) {
    if (id) throw error;
    throw new Error("wrapped", { cause: error });
  }
  const order = await $hf.call($f1, $s[1], undefined, load, [id]);
  const shipped = $hf.call($f1, $s[2], undefined, ship, [order.id]);
  if (shipped) throw new Error("already");
}
