exports.run = function run(config) {
  with (config) return load(port);
};
