import axios, { isAxiosError } from "axios";
import { task } from "holdfast";

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
