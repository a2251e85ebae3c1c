/**
 * The form of a webhook source's options, as the build has written them into the manifest.
 */
import * as z from "zod";

const text = z.string().min(1).max(256);
const fromHeader = z.strictObject({
  from: z.literal("header"),
  name: text,
  fallback: z.array(text).optional(),
});
const tolerance = z.int().min(1).max(86_400);
const idempotencyField = z
  .strictObject({ from: z.enum(["header", "body"]), name: text, fallback: z.array(text).optional() })
  .optional();
const signingValue = z.union([
  fromHeader,
  z.strictObject({ from: z.literal("url") }),
  z.strictObject({ from: z.literal("constant"), value: z.string().max(256) }),
]);

const signed = {
  encoding: z.enum(["hex", "base64"]),
  signatureHeader: text,
  signature: z
    .strictObject({
      itemSeparator: text.optional(),
      fieldSeparator: text.optional(),
      field: text.optional(),
      trim: z.literal(true).optional(),
    })
    .optional(),
  timestamp: z
    .strictObject({
      source: z.union([
        fromHeader,
        z.strictObject({ from: z.literal("signatureField"), field: text }),
        z.strictObject({ from: z.literal("body"), name: text }),
        z.strictObject({ from: z.literal("body"), path: text }),
      ]),
      unit: z.enum(["seconds", "milliseconds"]).optional(),
      format: z.enum(["unix", "iso8601", "http-date"]).optional(),
      toleranceSeconds: tolerance.optional(),
    })
    .optional(),
  signingString: z.union([
    z.literal("raw"),
    z.strictObject({ template: text, vars: z.record(z.string(), signingValue).optional() }),
  ]),
  idempotencyField,
};

const hmac = z.strictObject({
  scheme: z.literal("hmac"),
  algorithm: z.enum(["sha256", "sha1", "sha512"]),
  additionalSignatureHeaders: z.array(text).max(4).optional(),
  secret: z
    .strictObject({ encoding: z.enum(["utf8", "base64"]).optional(), stripPrefix: text.optional() })
    .optional(),
  formPayload: z.strictObject({ field: text }).optional(),
  ...signed,
});
const asymmetric = z
  .strictObject({
    scheme: z.literal("asymmetric"),
    algorithm: z.enum(["ed25519", "ecdsa-p256", "ecdsa-p384", "rsa-sha256"]),
    prehash: z.literal("sha256").optional(),
    publicKeyEncoding: z.enum(["pem", "spki-der-base64", "raw-hex", "raw-base64"]).optional(),
    ...signed,
  })
  .refine(
    ({ algorithm, publicKeyEncoding = "pem" }) =>
      algorithm === "ed25519" || !publicKeyEncoding.startsWith("raw-"),
    "a raw key is one of ed25519",
  );
const sharedSecret = z.strictObject({
  scheme: z.literal("shared-secret"),
  placement: z.enum(["header", "bearer", "basic", "body"]),
  fieldName: text.optional(),
  idempotencyField,
});

const urlSecret = z.strictObject({
  scheme: z.literal("url-secret"),
  placement: z.literal("query"),
  paramName: text,
  idempotencyField,
});

/** What a source may be given. */
export const optionsForm = z.strictObject({
  secret: text.optional(),
  toleranceSeconds: tolerance.optional(),
  verifier: z.discriminatedUnion("scheme", [hmac, asymmetric, sharedSecret, urlSecret]).optional(),
});
