/** What is taken apart where a function begins has no name of its own: the reference calls it `options`. */
export function load(app) {
  app.converter.on("createParameter", (_context, parameter) => {
    if (parameter.name === "__namedParameters") parameter.name = "options";
  });
}
