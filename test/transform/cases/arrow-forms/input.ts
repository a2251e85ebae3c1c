export const unit = (x: number) => send(x);
export const block = (x: number) => {
  return send(x);
};
export const asyncArrow = async (x: number) => await send(x);
export const object = (x: number) => ({ x: send(x) });
export const curried = (x: number) => (y: number) => send(x + y);
export const plain = (x: number) => x + 1;
export const optional = (x?: Sender) => x?.send(1);
export const paren = (x: number) => (send(x) as Promise<void>);
