"use strict";
const { load } = require("./load");
module.exports.run = async function run(id) {
  return (await load(id)).items;
};
