import { RestatePromise, serve, service } from "@restatedev/restate-sdk";
import { hangOnce } from "../hanging.mjs";
import { stepResult } from "../measuring.mjs";

const bench = service({
  name: "bench",
  handlers: {
    steps: async (ctx, { n }) => {
      let last;
      for (let i = 0; i < n; i++) last = await ctx.run(`s${i}`, () => stepResult(i));
      return last;
    },
    child: async (ctx, { i }) => ctx.run("c", () => stepResult(i)),
    fanout: async (ctx, { n }) => {
      const children = Array.from({ length: n }, (_, i) => ctx.serviceClient({ name: "bench" }).child({ i }));
      return (await RestatePromise.all(children)).length;
    },
    sleeper: async (ctx, { ms }) => {
      const from = await ctx.run("a", () => Date.now());
      await ctx.sleep(ms);
      const to = await ctx.run("b", () => Date.now());
      return { late: to - from - ms };
    },
    hang: async (ctx, { n, mark }) => {
      for (let i = 0; i < n; i++) await ctx.run(`s${i}`, () => stepResult(i));
      await ctx.run("last", () => hangOnce(mark));
      return n;
    },
  },
});
serve({ services: [bench], port: Number(process.env.PORT) });
