export function run() {
  const self = () => this.load(arguments.length);
  return self.call(this);
}
