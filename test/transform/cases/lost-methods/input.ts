import got from "got";
import { step } from "holdfast";
import ky from "ky";
const api = ky.create({ prefixUrl: "https://api.example.com" }).extend({ retry: 0 });
const shop = api.extend({ timeout: 1000 });
export async function refused(url: string) {
  const one = ky(url);
  const two = got.post(url, { json: {} });
  const three = shop.get("orders");
  setTimeout(() => two.cancel(), 1000);
  return [await one.json(), await three.text()];
}
export async function allowed(url: string) {
  const response = await ky(url);
  const started = ky(url);
  const later = started.then((answer) => answer.json());
  const stream = got.stream(url);
  stream.resume();
  await step("get", async () => {
    const inside = got(url);
    return inside.json();
  });
  return [await response.json(), await ky(url).json(), await later, await (await started).text()];
}
