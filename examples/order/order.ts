/** What the shop sends when somebody has ordered. */
export interface Order {
  readonly number: string;
  readonly email: string;
  readonly sku: string;
  readonly amount: number;
  readonly card: string;
  readonly address: string;
}

/** A service said no, and will say no again: there is nothing to try, but perhaps something to undo. */
export class Refused extends Error {}
