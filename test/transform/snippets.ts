/** Small programs, each about one way in which wrapping a call could change what a program does. */
export const snippets: Readonly<Record<string, string>> = {
  "arguments from left to right": `const f = (...a) => log(a); return f(log(1), log(2), f(log(3)), log(4));`,
  "receiver before method before arguments": `
    const o = { get m() { log("get m"); return function (x) { log(this === o); return x; }; } };
    const make = () => { log("make"); return o; };
    return make().m(log("arg"));`,
  "increments and decrements in arguments": `
    let i = 0; const f = (...a) => a.join();
    return [f(i++, ++i, i--, i), i, f(i += 2, i *= 3), i];`,
  "shift and pop in arguments": `const q = [1, 2, 3, 4]; const f = (...a) => a; return [f(q.shift(), q.pop(), q.length), q];`,
  "a method that replaces its own receiver": `
    let o = { n: 1, next() { o = { n: o.n + 1, next: this.next }; return this; } };
    o.next().next().next(o.next()); return o.n;`,
  "a computed key with effects": `
    const o = { a() { return log(this === o); } };
    let r = o; return r[(r = null, log("a"))](log(1));`,
  "an optional call keeps its receiver": `
    const o = { n: 7, m() { return this?.n; } };
    return [o.m?.(), o?.m?.(), o?.["m"]?.(log(1)), o.none?.(log("never")), o?.none?.(log("never"))];`,
  "an optional call on a computed receiver": `
    const o = { n: 7, m(x) { return [this.n, x]; } }; const make = (x) => { log(x); return o; };
    return [make(1).m?.(log(2)), make(3)?.m?.(log(4)), make(5)[log("m")]?.(6), make(7)?.[log("x")]?.(log("never"))];`,
  "a key that reassigns the receiver of an optional call": `
    let a = { n: 1, m() { return this.n; } };
    return a[(a = { n: 2 }, "m")]?.();`,
  "an await inside an optional chain": `
    const o = { n: 3, async m(x) { await null; return { k: () => [this.n, x] }; } };
    const p = async () => o;
    return [(await (await p())?.m?.(await later(1)))?.k?.(), (await p())[await later("m")]?.(2) instanceof Promise];`,
  "short circuits": `
    const n = null, u = undefined;
    return [n?.a(log(1)), u?.a.b.c(log(2)).d(log(3)), n?.[log(4)], n?.a?.b(log(5)), u?.(log(6)), (n?.a)?.b(log(7))];`,
  "a short circuit ends at the parenthesis": `
    const n = null; let message = "none";
    try { (n?.a).b(log(1)); } catch (error) { message = error.name; }
    return message;`,
  "falsy values do not short circuit": `
    const f = () => 0, e = () => "";
    return [f()?.toFixed(1), e()?.concat("x"), (() => false)()?.toString()];`,
  "optional chain behind a call": `const f = (x) => x; return [f({ a: 1 })?.a, f(null)?.a, f({ a: { b: () => 2 } })?.a.b(), f(null)?.a.b()];`,
  "a long optional chain": `
    const o = { a: { b(x) { log(x); return { c: { d: (y) => ({ e: log(y) }) } }; } } };
    return [o?.a?.b(1)?.c.d(2)?.e, o?.z?.b(log(3)).c.d(4), o.a.b(5).z?.d(log(6)).e];`,
  "parenthesised callees keep this": `
    const o = { n: 1, m() { return this?.n; }, deep: { n: 2, m() { return this?.n; } } }; const make = () => o;
    return [(o.m)(), ((o.m))(), (o.deep.m)(), (make().deep.m)(), (0, o.m)(), (o?.m)(), (o.m as any)(), (make().m as any)(), o.m!(), (o!.m)!()];`,
  "an optional call of a parenthesised member": `
    const o = { n: 1, m() { return this?.n; } }; return [(o.m)?.(), (o.m as any)?.(), (o.m!)?.()];`,
  "tails with this": `
    class B { constructor(parts = []) { this.parts = parts; } a(x) { return new B([...this.parts, log(x)]); } get self() { return this; } }
    const b = new B(); const k = "k";
    return [b.a(1).a(2).a("x").parts, b.a(1).self.a(k).self.parts.length, b.a({ x: [1, k] }).parts, b.a(() => 1).parts.length];`,
  "a tail of calls of calls": `const f = (a) => (b) => (c) => [a, b, c]; return [f(1)(2)(3), f(1)(2)(3)[0], f(log(1))(log(2))(log(3))];`,
  "tails with changing variables": `
    let i = 0; const next = () => { i++; return { add: (x) => [i, x], v: i }; };
    const q = { n: 0, next() { this.n++; return { with: (x) => x }; } };
    return [next().add(i), next().add(i), q.next().with(q.n), next().v, [i, next().v]];`,
  "tails with members that a call changes": `
    const o = { n: 0 }; const touch = () => { o.n++; return { give: (x) => x }; };
    return [touch().give(o.n), touch().give({ ...o }), touch().give(\`\${o.n}\`)];`,
  "a computed member in a tail": `const f = () => [[1, 2], [3, 4]]; const i = 1; return [f()[0][1], f()[i].at(-1), f()[1].map((x) => x * 2)[0]];`,
  "members behind calls as targets": `
    const o = { x: 1, y: { z: 1 } }; const get = () => (log("get"), o);
    get().x = 5; get().y.z++; get().x += log(2); delete get().y.z; [get().w, ...get().v] = [1, 2, 3]; ({ a: get().u } = { a: 9 });
    for (get().i of [1, 2]) log("loop"); for (get().k in { q: 1 }) log("in");
    return o;`,
  "promise methods": `
    const p = later(1).then((x) => log(x + 1)).finally(() => log("finally"));
    return [await p, await later(2).then((x) => x).catch(() => 0), await fail.bind(null, 3) instanceof Function,
      await Promise.reject(new Error("no")).catch((e) => e.message)];`,
  "awaits in every place": `
    const o = { v: 1 }; const a = [await later(1), await later(2)];
    o.v += await later(5); o[await later("k")] = await later("v");
    const t = \`\${await later(3)}-\${await later(4)}\`;
    return [a, o, t, (await later(true)) ? await later("yes") : await later("no"), await later(null) ?? await later("d"), -(await later(3)), await (await later(async () => 9))()];`,
  "what += reads before an await": `let x = 1; const f = async () => { x = 10; return 5; }; x += await f(); return x;`,
  "await of anything": `return [await 1, await null, await undefined, await { then(r) { log("then"); r(7); } }, await (async () => 8)(), await new Promise((r) => r(9)), await [later(1)].length];`,
  combinators: `
    return [await Promise.all([later(1), later(2), 3, ...[later(4)]]), await Promise.race([later(5), later(6)]),
      await Promise.allSettled([later(7), Promise.reject(1)]), await Promise.any([later(8)]), await Promise.all([].map(later))];`,
  "started early, awaited later": `const p = later(1); log("between"); const q = later(2); return [await p, await q, await p];`,
  "spread arguments": `const f = (...a) => a; const g = function* () { yield log(1); yield log(2); }; return f(0, ...g(), ...[3, 4], ...new Set([5]));`,
  "new": `
    class P { constructor(...a) { this.a = a; log(new.target === P); } }
    class Q extends P { constructor(x) { super(log(x), log(2)); this.x = x; } }
    const ns = { P }; const make = () => Q;
    return [new P(log(1)).a, new Q(3), new P, new ns.P(...[1, 2]).a, new (make())(4).x, new (class { v = log(1) })().v, new Date(0).getTime(), new Map([[1, log(2)]]).get(1)];`,
  "new of a function that gives an object": `function F() { return log({ a: 1 }); } return [new F(), new F().a, new F];`,
  classes: `
    class A {
      #p = 1; static count = 0; field = log("field"); [log("key")] = 1; static { A.count = log(5); }
      constructor(x = log("default")) { this.x = x; }
      get v() { return log(this.#p); } set v(x) { this.#p = log(x); }
      #m(y) { return [this.#p, y]; } m(y) { return this.#m(y); } has(o) { return #p in o; }
      static make(...a) { return new this(...a); } async am() { return await later(this.x); }
    }
    class B extends A { m(y) { return ["B", super.m(y), super["m"](log(y))]; } get v() { return super.v; } set v(x) { super.v = x; } static make() { return super.make(9); } am = async () => [await super.am()]; }
    const b = B.make(); b.v = 4;
    return [b.m(1), b.v, b.x, await b.am(), A.count, b.has(b), new A().has({}), b?.m?.(2).length];`,
  "optional calls of private methods": `
    class A { #m(x) { return [this === a, x]; } #n = null; m(o) { return [o.#m?.(log(1)), o?.#m(2), o.#n?.(log("never")), this.#m(3)[0], o.self()?.#m(4)]; } self() { return this; } }
    const a = new A(); return a.m(a);`,
  "super in object literals": `
    const base = { hi(x) { return [this.n, x]; } };
    const o = { __proto__: base, n: 2, hi(x) { return super.hi(log(x)); }, opt() { return [super.none?.(log(1)), super.hi?.(3)]; } };
    return [o.hi(1), o.opt()];`,
  "this in arrows": `
    const o = { n: 5, f() { return [1, 2].map((x) => this.n + log(x)); }, g() { return (() => (() => log(this.n))())(); }, h: async function () { return await (async () => this.n)(); } };
    return [o.f(), o.g(), await o.h()];`,
  "arguments in arrows": `function f() { const g = () => log(arguments.length); return [g(), Array.from(arguments), (() => arguments[0])()]; } return f(1, 2, 3);`,
  "new.target in arrows": `function F() { const g = () => log(new.target === F); g(); } new F(); return 1;`,
  "apply, call and bind": `function f(...a) { return [this?.n, ...a]; } return [f.call({ n: 1 }, log(2)), f.apply({ n: 2 }, [1]), f.bind({ n: 3 })(4), Math.max.apply(null, [1, 2])];`,
  "closures in loops": `
    const fs = []; for (let i = 0; i < 3; i++) fs.push(() => log(i)); for (const k of ["a", "b"]) fs.push(async () => await later(k));
    return await Promise.all(fs.map((f) => f()));`,
  "temporaries in recursion": `
    const tree = { v: 1, kids: [{ v: 2, kids: [] }, { v: 3, kids: [{ v: 4, kids: [] }] }] };
    const o = { sum(t) { return t?.v + (t?.kids?.map?.((k) => this.sum?.(k)) ?? []).reduce((a, b) => a + b, 0); } };
    return o.sum(tree);`,
  "temporaries across awaits in parallel": `
    const make = (n) => ({ n, async m(x) { await null; return [this.n, x]; } });
    const f = async (n) => (await later(make(n)))[await later("m")]?.(await later(n * 10));
    return await Promise.all([f(1), f(2), f(3)]);`,
  "labels, break and continue": `
    const out = []; outer: for (const a of [1, 2, 3]) { for (const b of [1, 2, 3]) { if (log(b) === 2) continue outer; if (log(a) === 3) break outer; out.push([a, b]); } }
    block: { if (log(true)) break block; log("never"); } return out;`,
  switch: `
    const f = (x) => { switch (log(x)) { case log(1): return "one"; case log(2): log("two"); case 3: return "fall"; default: return "d"; } };
    return [f(1), f(2), f(9)];`,
  "loops with calls in the head": `
    let n = 0; const out = [];
    for (let i = log(0); log(i) < 2; i = log(i + 1)) out.push(i);
    while (log(n++) < 2) out.push("w"); do out.push("d"); while (log(n++) < 5);
    for (const k in log({ a: 1 })) out.push(k); for (var v of log([1, 2])) out.push(v);
    return out;`,
  "destructuring with defaults": `
    const { a = log(1), b: { c = log(2), ...r } = log({ d: 4 }), [log("k")]: k = await later(3) } = log({});
    const [x = log(5), , y = await later(6), ...z] = log([undefined, 1, undefined, 7, 8]);
    let p, q; [p = log(1), q] = [q, p]; ({ p, q = log(2) } = { p: 3 });
    return [a, c, r, k, x, y, z, p, q];`,
  "parameter defaults": `
    const f = (a, b = log(a), { c = log(b), d } = log({ d: 1 }), [e = log(2)] = [], ...rest) => [a, b, c, d, e, rest];
    function g(x = log(1), y = () => log(x), z = y()) { return [x, y(), z]; }
    async function h(x = later(1)) { return await x; }
    return [f(1), f(1, 2, {}, [3], 4), g(), g(5), await h()];`,
  "a default that throws": `async function f(x = fail(1)) { log("never"); } const p = f(); log("after"); return await p.catch((e) => e.message);`,
  "optional chains in defaults": `const o = { m: (x) => x }; const f = (a = o?.m(log(1)), b = o.none?.m(log(2)), c = o?.m?.(3)) => [a, b, c]; return f();`,
  "sync throws before and after": `
    try { log(1); fail("a"); } catch (e) { log(e.message); } finally { log("f"); }
    const f = async () => { try { return await later(1); } finally { log("cleanup"); } };
    try { await f(); await (async () => fail("b"))(); } catch ({ message }) { return [message, await f()]; }`,
  "throw with blame": `
    const r = await later({ ok: false, status: 500 });
    try { if (!r.ok) throw new Error(\`bad \${r.status}\`); } catch (e) { log(e.message); }
    const { ok, ...rest } = await later({ ok: 0, x: 1 });
    try { switch (ok) { case 0: throw rest; } } catch (e) { log(e); }
    return await later({ ok: false }).then((x) => { if (!x.ok) throw x; return x; }).catch((x) => [x]);`,
  "calls that are no functions": `
    const out = []; const u = undefined, o = { a: 1 };
    for (const f of [() => u(), () => o.a(), () => o.b(), () => o.b.c(log("never")), () => new u(), () => o.a\`x\`]) try { f(); } catch (e) { out.push(e.name); }
    return out;`,
  "tagged templates": `
    const tag = (s, ...v) => [s.raw.join("|"), s.join("|"), v, Object.isFrozen(s)]; const o = { n: 1, tag(s, ...v) { return [this.n, v.length, s[0]]; }, get() { return this; } };
    const same = () => ((s) => s)\`x\${1}\`; const id = (s) => s; const twice = () => id\`a\`;
    return [tag\`a\${log(1)}\\n\${log(2)}b\`, o.tag\`x\${1}\`, o.get().tag\`y\${log(3)}\`, o.get().tag\`z\`[1], twice() === twice(), same(), (() => tag)()\`q\`, String.raw\`\\n\${1}\`];`,
  "a tagged template in a chain": `const sql = (s, ...v) => ({ text: s.join("?"), v, run(x) { return [this.text, this.v, x]; } }); return [sql\`a\${1}\`.run(2), sql\`b\${log(1)}\`.run(log(2)), sql\`c\`.text];`,
  "sequence and conditional": `return [(log(1), log(2)), log(0) ? log("a") : log("b"), log(0) || log("c"), log(1) && log("d"), log(null) ?? log("e"), !log(1), typeof log(1), void log(2)];`,
  "logical assignment": `let a = null, b = 1; const o = {}; a ??= log(2); b ||= log(3); b &&= log(4); o.x ??= log(5); o.x ??= log(6); a ??= await later(7); return [a, b, o];`,
  "shadowed globals": `
    const Math = { max: (...a) => log(a) }, JSON = { parse: (x) => log(x) }, Promise = { all: (x) => log(x.length) };
    function inner(Object, String) { return [Object.keys(1), String(2)]; }
    class Map { constructor(x) { log(x); } } const Date = class { constructor() { this.d = log("date"); } };
    return [Math.max(1), JSON.parse("x"), await Promise.all([1]), inner({ keys: (x) => log(x) }, (x) => log(x)), new Map(1), new Date().d];`,
  "inert globals": `return [Math.max(log(1), 2), JSON.stringify({ a: log(1) }), Object.keys({ a: 1 }).map((k) => log(k)), Number("4"), String(log(5)), Array.isArray([]), parseInt("7", 10).toFixed(1), isNaN(log(NaN)), structuredClone({ a: [1] }).a, Symbol("x").description, BigInt(3).toString()];`,
  generators: `
    function* g(a, b = log("b")) { log("start"); const x = yield log(a); log(x); try { yield* [1, log(2)]; } finally { log("done"); } return b; }
    const i = g(1); log("made"); const out = [i.next(), i.next("sent"), i.next(), i.return(7)];
    const o = { n: 2, *each() { for (let k = 0; k < this.n; k++) yield log(k); }, *[Symbol.iterator]() { yield* this.each(); } };
    function* r(a, ...more) { log(more.length); yield* more.map((x) => log(x)); return [a, Array.isArray(more), arguments.length]; }
    const p = r(1, 2, 3); out.push([...r(7), ...r(7, undefined, 8)], p.next(), p.next(), p.next(), r.length);
    class C { static *s(x,) { yield arguments.length; yield log(x); } }
    return [out, [...o], [...C.s(1, 2, 3)], [...g(5)], Object.getPrototypeOf(i) === g.prototype];`,
  "optional chains in generators": `const o = { m: (x) => [x] }; function* g(p) { yield p?.m(log(1)); yield p?.none?.(log(2)); yield p.m?.(3).at(0); } return [...g(o), ...[...g({ m: () => [] })]];`,
  "getters and setters": `const o = { _v: 1, get v() { return log(this._v); }, set v(x) { this._v = log(x); } }; o.v = log(2); o.v += 1; o.v++; return [o.v, o];`,
  "object literals": `const k = "z"; const o = { a: log(1), [log("b")]: log(2), ...log({ c: 3 }), m() { return log(this.a); }, async am() { return await later(this.a); }, f: () => log(4), k, "q-r": log(5) }; return [o.m(), await o.am(), o.f(), Object.keys(o)];`,
  "arrow bodies": `
    const a = (x) => log(x), b = async (x) => await later(x), c = () => ({ a: log(1) }), d = (x) => (y) => log(x + y), e = (x) => (log(x), x), f = () => async () => await later(2), g = (x) => x?.a(log(1)), h = async () => later(3), i = x => x ? log(1) : log(2), j = () => [log(1)], k = () => void log(1), l = () => /* c */ log(9) // end
    ;
    return [a(1), await b(2), c(), d(1)(2), e(3), await f()(), g(null), await h(), i(0), j(), k(), l()];`,
  "immediately called": `return [(function () { return log(1); })(), (() => log(2))(), await (async () => await later(3))(), !function () { log(4); }(), new (function () { this.x = log(5); })().x];`,
  "async order": `
    const f = async (n) => { log("in " + n); await later(n); log("out " + n); return n; };
    const a = f(1); log("sync"); const b = f(2); return [await b, await a, await Promise.all([f(3), f(4)])];`,
  "return await and return": `const f = async () => { try { return await Promise.reject(1); } catch { return log("caught"); } }; const g = async () => { try { return Promise.reject(2); } catch { return log("never"); } }; return [await f(), await g().catch((x) => x)];`,
  directives: `function f() { "use strict"; log(1); return this === undefined; } function g() { 'use x'
    return log(2) } return [f(), g()];`,
  "no space between tokens": `const f=x=>x;const p=later(1);for(const x of[1].map(f))log(x);for(const y of(0,f)([2]))log(y);const g=()=>{return[3].map(f)};const h=()=>{return(f)(4)};
    try{throw(f)(5)}catch(e){log(e)}switch(6){case(f)(6):log(7)}if(f(0))log(8);else(f)(log(9));log(typeof(f)(1));log(void(f)(1));const r=await(p);try{if(r)throw[r]}catch(e){log(e)}
    return[...g(),h(),await[p].at(0),new(class{v=f(1)})().v,1 in[1,2].map(f),await(f)(2)]`,
  "comments between tokens": `const f = (...a) => a; const o = { m: f };
    return [f /* a */ ( /* b */ 1 /* c */ , /* d */ ), f(/* only */), o /* ( */ . /* ) */ m /* [ */ (1), o // line (
      .m(2), o /* x */ ?. /* y */ m /* z */ ?. /* w */ (3), new /* n */ Date /* ( */ ( /* ) */ 0 ).getTime()];`,
  "trailing commas and empty arguments": `const f = (...a) => a; return [f(1, 2,), f(), f(1,).length, new Array(3,).length];`,
  "types everywhere": `
    const f = <T,>(x: T, ...r: unknown[]): T => x; const o = { m<T>(x: T) { return [this === o, x]; } };
    type A = { a: number }; interface B extends A {} enum E { X = 1, Y = "a".length }
    const x = f<number>(1) as number; const y = <any>f(2); const z = f(3)!; const s = f({ a: 1 }) satisfies A;
    return [x, y, z, s, o.m<string>("q"), (o as any).m(1), o!.m!(2), f<typeof f>(f)<number>(4), E.Y, new Map<string, number>([["a", 1]]).get("a"), f([1] as const).at(0)];`,
  "asi hazards": `const f = (x) => x
    let a = f(1)
    const b = f
    ;(log)(2)
    a = b(3)
    ;[1].map(log)
    const o = { m: log, n: null }, g = f
    o?.m(3)
    let d = function () { return 4 }
    o.m?.(4) || log("never")
    if (a) o?.m(5)
    else o?.m(6)
    d = () => ({})
    // a comment
    o.n?.m(7) ?? log(8)
    { o?.m(9) }
    lab: o?.m(10)
    o?.m(11), o?.m(12)
    return a`,
  "this at call of a bare function": `function f() { return this; } const o = { f }; return [f() === undefined, o.f() === o, (0, o.f)() === undefined, (() => f())() === undefined];`,
  "for await": `
    const items = async function* (n) { try { for (let i = 0; i < n; i++) yield log(i); } finally { log("closed"); } };
    outer: for await (const x of items(9)) { if (x === 1) continue; for await (const y of [later(x), 7]) if (log(y) === 3) break outer; else if (x > 4) log("never"); }
    try { for await (const x of items(3)) if (x === 1) fail("x"); } catch (e) { log(e.message); }
    let z; const first = async () => { for await (z of items(5)) if (z === 2) return z; }; for await (const s of "ab") log(s); for await ({ q: z = log("d") } of [{}]) log(z);
    try { for await (const n of 5) log("never"); } catch (e) { log(e.name); }
    return [await first(), z];`,
  "async generators": `
    async function* g(a, b = log("b")) { log("start"); const x = yield later(a); log(x); try { yield* [later(1), 2]; yield* h(); } finally { log(await later("done")); } return later(b), later(9); }
    async function* h() { try { yield 3; } finally { log("h over"); } }
    const i = g(1); log("made"); const out = [await i.next(), await i.next("sent"), await i.next(), await i.next(), await i.return(later(7)), await i.next()];
    const all = []; for await (const x of g(5)) all.push(x); const j = h(); await j.next(); try { await j.throw(new Error("t")); } catch (e) { log(e.message); }
    const k = g(6); const o = { async *m() { yield this === o; }, };
    return [out, all, await o.m().next(), await Promise.all([k.next(), k.next(), k.next()]), Object.getPrototypeOf(i) === g.prototype];`,
  "await using": `
    const A = Symbol.asyncDispose, D = Symbol.dispose; const r = (n) => ({ n, async [A]() { log(await later("free " + n)); } });
    try { await using a = r(1), b = r(2); using c = { [D]() { log("c", this === c); } }; log(a.n + b.n); for (await using d of [r(3), r(4)]) { log(d.n); if (d.n === 3) continue; } fail("x"); } catch (e) { log(e.message); }
    try { await using e = { async [A]() { fail("disposal"); } }; fail("body"); } catch (e) { log([e.error.message, e.suppressed.message]); }
    try { await using f = {}; } catch (e) { log(e.name); }
    const g = async () => { await using n = null; await using h = r(5); return log("returned"); function late() {} }; return [await g()]`,
  "iterators closed": `const it = { [Symbol.iterator]() { let n = 0; return { next: () => ({ value: n++, done: false }), return: () => (log("closed"), {}) }; } };
    for (const x of it) if (log(x) === 1) break; const [a] = it; return a;`,
  "deep nesting": `const f = (x) => x; return f(f(f(f([f(1), f({ a: f(2), b: [f(3)?.toFixed?.(f(1))] })]))).concat(f(f(4))));`,
  "delete and in": `const o = { a: 1, b: 2 }; const get = () => o; delete get().a; delete o?.b; return [o, "a" in get(), get() instanceof Object];`,
  using: `{ using a = { v: log(1), [Symbol.dispose ?? Symbol.for("Symbol.dispose")]() { log("disposed"); } }; log(a.v); } return 1;`,
  "exponent and unary": `const f = (x) => x; return [f(2) ** f(3), (await later(2)) ** 2, -f(1), +f("2"), ~f(1), [...f("ab")]];`,
  "getter on a chain evaluated once": `let n = 0; const o = { get a() { n++; return { b: (x) => [n, x] }; } }; return [o.a.b(1), o.a?.b(2), o?.a.b?.(n), n];`,
  "var in blocks": `if (log(1)) { var x = log(2); } function f() { if (false) { var y = log(1); } return y; } return [x, f()];`,
  "import meta and dynamic import": `return [typeof (await import("node:path")).join, (await import("node:os")).EOL.length];`,
  "dynamic import that is not awaited on the spot": `const load = { a: () => import("node:path"), b() { return import("node:os"); } }; const url = import("node:url");
    return [typeof (await load.a()).join, (await load.b()).EOL.length, typeof (await url).fileURLToPath, await import("node:path").then((path) => path.basename("a/b"))];`,
};
