export class Sub extends Base {
  constructor() {
    super(make());
  }
  async save(x: number) {
    await super.save(x);
    await super["load"]?.(x);
    return () => super.save(x);
  }
}
