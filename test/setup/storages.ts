/**
 * For files that share a process: what a file had of `AsyncLocalStorage` ends with the file.
 *
 * Each file loads the engine anew, and each copy of it has storages of its own. Node 20 asks every storage that was ever used at
 * every promise: a promise of the last file would cost as much as those of all files before it together.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { afterAll } from "vitest";

type Storage = AsyncLocalStorage<unknown>;

const used = new Set<Storage>();
const { run, enterWith } = AsyncLocalStorage.prototype;

AsyncLocalStorage.prototype.run = function (this: Storage, ...all: unknown[]) {
  used.add(this);
  return Reflect.apply(run, this, all);
} as typeof run;
AsyncLocalStorage.prototype.enterWith = function (this: Storage, store: unknown) {
  used.add(this);
  enterWith.call(this, store);
};

afterAll(() => {
  Object.assign(AsyncLocalStorage.prototype, { run, enterWith });
  for (const storage of used) storage.disable();
  used.clear();
});
