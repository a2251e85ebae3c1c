/** One thing for sale. */
export interface Offer {
  readonly name: string;
  readonly price: number;
}

/** Reads the offers off a page; throws when the page is cut off or shows none. */
export function parseOffers(page: string): Offer[] {
  if (!page.trimEnd().endsWith("</html>")) throw new Error("The page is cut off.");
  const offers = [...page.matchAll(/<li data-price="([\d.]+)">([^<]+)<\/li>/g)].map(([, price, name]) => ({
    name: name ?? "",
    price: Number(price),
  }));
  if (offers.length === 0) throw new Error("The page shows no offers.");
  return offers;
}
