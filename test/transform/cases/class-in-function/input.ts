export function build(name: string) {
  return class {
    field = load(name);
    static shared = load("shared");
    [key(name)] = 1;
    method() {
      return load(name);
    }
  };
}
