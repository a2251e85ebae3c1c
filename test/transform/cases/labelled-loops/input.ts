export async function run(pages: Page[]) {
  outer: for (const page of pages) {
    for (let i = await count(page); i > 0; i--) {
      if (await skip(page, i)) continue outer;
      if (await stop(page)) break outer;
    }
  }
  do await tick();
  while (await more());
}
