export async function run(url: string) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`status ${response.status}`);
  const body = await response.json();
  if (body.error) {
    log("bad");
    throw body.error;
  }
  if (url === "") throw new Error("no url");
  return body;
}
