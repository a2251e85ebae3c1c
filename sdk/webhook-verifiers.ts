/**
 * How a sender shows that a delivery is its own: Trigger.dev's forms.
 *
 * Never: holds a secret.
 */

/** A value out of a header, the first of these names that there is. */
interface HeaderSource {
  readonly from: "header";
  readonly name: string;
  readonly fallback?: readonly string[];
}

/** What stands in a signed text. */
export type SigningValue =
  | HeaderSource
  /** The address that the delivery was sent to: the server's public one. */
  | { readonly from: "url" }
  | { readonly from: "constant"; readonly value: string };

/** What all signatures have. */
interface Signed {
  /** The header with the signature. */
  readonly signatureHeader: string;
  readonly encoding: "hex" | "base64";
  /** How the signature stands in its header; without it, it is the whole header. */
  readonly signature?: {
    /** Between several signatures. */
    readonly itemSeparator?: string;
    /** Between a name and its value. */
    readonly fieldSeparator?: string;
    /** The name of the signature that counts: `v1`. */
    readonly field?: string;
    /** Space around a value never counts. */
    readonly trim?: true;
  };
  /** Where the time of the signature is. Without it, a delivery is as good in a year as now. */
  readonly timestamp?: {
    readonly source:
      | HeaderSource
      | { readonly from: "signatureField"; readonly field: string }
      /** In the body, by path: it counts only where the body itself is signed. */
      | { readonly from: "body"; readonly name: string }
      | { readonly from: "body"; readonly path: string };
    /** Of a number. @default "seconds" */
    readonly unit?: "seconds" | "milliseconds";
    /** How it is written; without it any of these. */
    readonly format?: "unix" | "iso8601" | "http-date";
    /** How much older or newer than now it may be; 1 to 86,400. @default 300 */
    readonly toleranceSeconds?: number;
  };
  /** What is signed: the body as it came, or a text with `{body}`, `{timestamp}` and `vars` in it. */
  readonly signingString:
    | "raw"
    | { readonly template: string; readonly vars?: Readonly<Record<string, SigningValue>> };
  readonly idempotencyField?: IdempotencyField;
}

/** What names the event: a delivery with the same starts nothing. */
interface IdempotencyField {
  readonly from: "header" | "body";
  readonly name: string;
  readonly fallback?: readonly string[];
}

/** How a sender signs with a shared secret (HMAC). */
export interface HmacVerifier extends Signed {
  readonly scheme: "hmac";
  readonly algorithm: "sha256" | "sha1" | "sha512";
  /** The same header under other names. */
  readonly additionalSignatureHeaders?: readonly string[];
  /** How the secret is written. @default the text itself */
  readonly secret?: { readonly encoding?: "utf8" | "base64"; readonly stripPrefix?: string };
  /** The field that holds the JSON where a form is sent. */
  readonly formPayload?: { readonly field: string };
}

/** How a sender signs with a key of its own; the setting holds its public key. */
export interface AsymmetricVerifier extends Signed {
  readonly scheme: "asymmetric";
  readonly algorithm: "ed25519" | "ecdsa-p256" | "ecdsa-p384" | "rsa-sha256";
  /** The signature is one of the text's hash. */
  readonly prehash?: "sha256";
  /** How the public key is written; `raw-…` for ed25519 alone. @default "pem" */
  readonly publicKeyEncoding?: "pem" | "spki-der-base64" | "raw-hex" | "raw-base64";
}

/** A sender that signs nothing, and sends the secret itself: whoever sees one delivery can send others. */
export interface TokenVerifier {
  readonly scheme: "shared-secret";
  /**
   * `bearer`: `Authorization: Bearer <secret>`; `basic`: `Authorization: Basic`, the secret is `user:password`, or the password;
   * `header` and `body`: in `fieldName`, of a body its path, from where it is taken out.
   */
  readonly placement: "header" | "bearer" | "basic" | "body";
  readonly fieldName?: string;
  readonly idempotencyField?: IdempotencyField;
}

/** A sender that can be given nothing but an address: the secret is a parameter of its query, as logs on the way may show it. */
export interface UrlSecretVerifier {
  readonly scheme: "url-secret";
  readonly placement: "query";
  readonly paramName: string;
  readonly idempotencyField?: IdempotencyField;
}

/** How a sender shows that a delivery is its own. */
export type WebhookVerifier = HmacVerifier | AsymmetricVerifier | TokenVerifier | UrlSecretVerifier;
