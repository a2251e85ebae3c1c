import { step } from "holdfast";
const outside = new Promise((done) => api.charge(1, done));
export async function run(client: Client, stream: Stream) {
  await new Promise((done) => api.charge(2, done));
  await new Promise<void>((resolve, reject) => {
    api.charge(3, (error) => (error ? reject(error) : resolve()));
  });
  await new Promise((done) => setTimeout(done, 10));
  await new Promise((done, failed) => stream.on("end", done).on("error", failed));
  await new Promise((done) => done(api.price(4)));
  await step("charge", () => new Promise((done) => api.charge(5, done)));
  return outside;
}
