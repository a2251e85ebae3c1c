import { task } from "holdfast";
import { Agent, request, fetch as undiciFetch } from "undici";

const url = process.env.STUB_URL;

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
