/** A client whose requests go to an app in the same process, with something between them. */
import { type ApiClientConfig, apiClient } from "../../sdk/client.ts";
import { key, type World } from "../functions/world.ts";

/** Where the client thinks that the app is. */
const baseUrl = "http://localhost:7474";

/** A client whose requests go to the app; `between` may answer or fail instead of it. */
export function clientOf(
  w: World,
  between: (
    request: Request,
    number: number,
  ) => Promise<Response | "forward" | "forward, then lose the answer"> = async () => "forward",
  config: Partial<ApiClientConfig> = {},
) {
  const requests: Request[] = [];
  const fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const made = new Request(input, init);
    requests.push(made.clone());
    const answer = await between(made.clone(), requests.length);
    if (answer instanceof Response) return answer;
    const real = await w.app.request(made);
    if (answer === "forward") return real;
    throw new TypeError("fetch failed", { cause: { code: "ECONNRESET" } });
  };
  return { client: apiClient({ baseUrl, secretKey: key, fetch, ...config }), requests, fetch };
}
