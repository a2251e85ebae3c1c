"use strict";
const $hf = require("holdfast/runtime");
const $s = $hf.sites("tasks/commonjs.cjs", [["lbe0aap1","load",4,"ae"]]);
const { load } = require("./load");
module.exports.run = async function run(id) { const $f1 = $hf.enter("hf:a:pym2zloj", null);
  return (await $hf.call($f1, $s[0], undefined, load, [id])).items;
};
