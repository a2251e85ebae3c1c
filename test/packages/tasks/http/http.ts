import axios, { isAxiosError } from "axios";
import { task } from "holdfast";
import ky, { HTTPError } from "ky";
import { Agent, request, fetch as undiciFetch } from "undici";

const url = process.env.STUB_URL;

export const withAxios = task({
  id: "axios",
  retry: { minTimeoutInMs: 10 },
  run: async () => {
    const api = axios.create({ baseURL: url, timeout: 5_000 });
    api.interceptors.request.use((config) => {
      config.headers.set("x-request-by", "holdfast");
      return config;
    });
    const { data, status } = await api.post("/orders/one", { quantity: 2 });
    const shaky = await api.post("/shaky");
    const [two, three] = await axios.all([axios.post(`${url}/orders/two`), api.post("/orders/three")]);
    let missing: unknown;
    try {
      await api.get("/nowhere");
    } catch (error) {
      missing = isAxiosError(error) ? [error.response?.status, error.code] : "something else";
    }
    return [data.receipt, status, shaky.data.receipt, two.data.receipt, three.data.receipt, missing];
  },
});

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

export const withUndici = task({
  id: "undici",
  run: async () => {
    const { statusCode, headers, body } = await request(`${url}/orders/one`, { method: "POST" });
    const one = (await body.json()) as { receipt: string };
    const response = await undiciFetch(`${url}/orders/two`, { method: "POST" });
    const two = (await response.json()) as { receipt: string };
    const dispatcher = new Agent({ keepAliveTimeout: 10 });
    const three = await request(`${url}/orders/three`, { method: "POST", dispatcher });
    const text = await three.body.text();
    await dispatcher.close();
    return [statusCode, headers["content-type"], one.receipt, two.receipt, JSON.parse(text).receipt];
  },
});
