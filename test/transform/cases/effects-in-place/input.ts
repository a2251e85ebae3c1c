export async function run(queue: string[]) {
  let i = 0;
  await send(i++, queue.shift(), ++i);
  queue[i++] = await send(i);
  total += await send((i = 5));
  delete box().key;
  box().count++;
  return i;
}
