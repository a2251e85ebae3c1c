import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/classes.ts", [["juxpss6r","load",6,""], ["xf52fzt8","this.total",7,"aeq"], ["jwhu5tlw","open",9,""], ["17646kvl","make",10,""], ["miu62l89","this.items.count",14,"eq"], ["70zkln7t","super.total",17,"ae"], ["brcnldhd","this.#sum",17,"ae"], ["mh6mgjuf","add",20,"aeq"]]);
export class Cart extends Base {
  static shared = create();
  static {
    register(Cart);
  }
  items = $hf.call($hf.peek(null), $s[0], undefined, load, []);
  handle = async () => { const $f1 = $hf.enter("hf:a:57dpkl8j", null); return await $hf.call($f1, $s[1], this, this.total, []); };
  #secret = 1;
  constructor(private readonly db: Db, start = $hf.call($hf.peek(null), $s[2], undefined, open, [])) { const $f1 = $hf.enter("hf::goqksow6", null);
    super(start, $hf.call($f1, $s[3], undefined, make, []));
    this.db = db;
  }
  get size() { const $f1 = $hf.enter("hf:l:6an12sez", null); let $t1;
    return $hf.call($f1, $s[4], $t1 = this.items, $t1.count, []);
  }
  async total() { const $f1 = $hf.enter("hf:a:i9qsqg3v", null);
    return (await $hf.call($f1, $s[5], this, super.total, [1])) + (await $hf.call($f1, $s[6], this, this.#sum, [2]));
  }
  async #sum(x: number) { const $f1 = $hf.enter("hf:a:lerl0dyt", null);
    return await $hf.call($f1, $s[7], undefined, add, [x, this.#secret]);
  }
}
