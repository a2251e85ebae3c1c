import { task } from "holdfast";
import pRetry, { AbortError } from "p-retry";

const url = process.env.STUB_URL;

export const withRetry = task({
  id: "p-retry",
  run: async () => {
    const run = async () => {
      const response = await fetch(`${url}/shaky`, { method: "POST" });
      if (response.status === 404) throw new AbortError(response.statusText);
      if (!response.ok) throw new Error(`shaky: ${response.status}`);
      return response.json();
    };
    const { receipt } = await pRetry(run, { retries: 5, minTimeout: 10, maxTimeout: 20 });
    return receipt;
  },
});
