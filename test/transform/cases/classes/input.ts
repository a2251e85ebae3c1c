export class Cart extends Base {
  static shared = create();
  static {
    register(Cart);
  }
  items = load();
  handle = async () => await this.total();
  #secret = 1;
  constructor(private readonly db: Db, start = open()) {
    super(start, make());
    this.db = db;
  }
  get size() {
    return this.items.count();
  }
  async total() {
    return (await super.total(1)) + (await this.#sum(2));
  }
  async #sum(x: number) {
    return await add(x, this.#secret);
  }
}
