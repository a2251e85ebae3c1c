import { task } from "holdfast";
import ky, { HTTPError } from "ky";

const url = process.env.STUB_URL;

export const withKy = task({
  id: "ky",
  run: async () => {
    const api = ky.extend({ prefixUrl: url, retry: { limit: 4, methods: ["post"], delay: () => 10 } });
    const one = await api.post("orders/one", { json: { quantity: 2 } }).json<{ receipt: string }>();
    const shaky = await api.post("shaky").json<{ receipt: string }>();
    const response = await api.post("orders/two");
    const two: { receipt: string } = await response.json();
    let missing: unknown;
    try {
      await api.get("nowhere");
    } catch (error) {
      missing = error instanceof HTTPError ? error.response.status : "something else";
    }
    return [one.receipt, shaky.receipt, two.receipt, missing];
  },
});
