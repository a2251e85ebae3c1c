export async function run(url: string) {
  const text = await fetch(url).then((response) => response.text());
  save(text).catch(() => undefined);
  return fetch(url)
    .then((response) => response.json())
    .then((body) => body.items)
    .finally(() => done());
}
