class Client {
  #send: ((x: number) => Promise<void>) | undefined;
  async run(make: () => Client) {
    await this.#send?.(1);
    await make().run?.(make);
    await (make().run as any)(make);
    await (this.run)?.(make);
  }
}
