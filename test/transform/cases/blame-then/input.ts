export async function run(url: string) {
  return fetch(url).then((response) => {
    if (!response.ok) throw new Error("not ok");
    return response.json();
  }).then(({ items }) => {
    while (items.length === 0) throw new Error("nothing");
    return items;
  });
}
