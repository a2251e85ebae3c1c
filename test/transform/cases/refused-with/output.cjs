const $hf = require("holdfast/runtime");
const $s = $hf.sites("tasks/refused-with.cjs", [["jgh3l8x5","load",2,"eq"]]);
exports.run = function run(config) { const $f1 = $hf.enter("hf::iymf27jk", null);
  with (config) return $hf.call($f1, $s[0], undefined, load, [port]);
};
