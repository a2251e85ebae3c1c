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
  const rows: Row[] = [];
  let count = 0;
  await new Promise<void>((done, failed) => {
    const request = api.request(client.url, (row: Row) => {
      rows.push(row);
      count += 1;
    });
    request.on("error", failed);
    request.onend = () => done();
  });
  await Promise.all([pay(6), pay(7)]);
  // What stays as it is:
  const kept = new Promise((done) => api.charge(8, done));
  await new Promise(async (done) => api.charge(await client.price(), done));
  let open: (() => void) | undefined;
  await new Promise<void>((done) => {
    open = done;
    api.charge(9, () => open?.());
  });
  await new Promise((done, failed) => {
    client.once("error", failed);
    client.query("select 1", done);
  });
  await new Promise((done) => client.connect({ retry: true }, done));
  await Promise.all([1, 2].map(async (n) => {
    await new Promise<void>((done) => api.charge(n, (row: Row) => { rows.push(row); done(); }));
  }));
  const asked = new Promise((done) => {
    client.once("message", done);
    client.send({ job: 1 });
    process.stdout.write("asked");
  });
  rows.push((await asked) as Row);
  return [outside, kept, rows, count];
}
function pay(cents: number) {
  return new Promise((done, failed) => api.charge(cents, { ok: done, failed }));
}
