import { locals } from "@trigger.dev/sdk";

export class Client {
  isOpen = false;
  async open() {
    this.isOpen = true;
  }
  async close() {
    this.isOpen = false;
  }
  async find(id: string) {
    return this.isOpen ? `row ${id}` : undefined;
  }
}

export const DbLocal = locals.create<Client>("db");
export const db = () => locals.getOrThrow(DbLocal);
