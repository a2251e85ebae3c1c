"use strict";
const $hf = require("holdfast/runtime");
const $s = $hf.sites("tasks/commonjs.cjs", [["slmgts4t","load().items",4,""], ["lbe0aap1","load",4,"aeq"]]);
const { load } = require("./load");
module.exports.run = async function run(id) { const $f1 = $hf.enter("hf:a:pym2zloj", null);
  return $hf.join($f1, $s[0], (await $hf.call($f1, $s[1], undefined, load, [id])).items);
};
