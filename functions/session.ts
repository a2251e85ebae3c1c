/**
 * Sessions of the dashboard: a signed, ending cookie in place of the key.
 *
 * Owns:      the cookie's name, text and attributes.
 * Never:     puts a key, or anything that a key could be made from, into a cookie; keeps anything in memory: any copy of the
 *            function answers for any other.
 * Invariant: a cookie that was not signed with a key that is valid now, was changed, or has ended opens nothing.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Context } from "hono";
import { HoldfastError } from "../engine/errors.ts";
import type { Keys } from "./deps.ts";

/** How long one lasts. It cannot be called back (but by changing the key), so it is not for long. */
const sessionMs = 24 * 3_600_000;

/** Makes and checks the cookies of one project. */
export interface Sessions {
  /** The `Set-Cookie` of a new session. @throws HoldfastError HF420 where no key is set to sign with. */
  begin(c: Context, now: number): string;
  /** The `Set-Cookie` that ends the session of this browser. */
  end(c: Context): string;
  /** What the request's cookie is worth: nothing there, valid, or not (any more). */
  look(c: Context, now: number): "none" | "valid" | "invalid";
}

/** Was the request made over TLS, as far as the app or a proxy in front of it can tell? */
function isSecure(c: Context): boolean {
  return new URL(c.req.url).protocol === "https:" || c.req.header("x-forwarded-proto") === "https";
}

/** All cookies of this name; a browser may send more than one. */
function cookiesOf(c: Context, name: string): string[] {
  return (c.req.header("cookie") ?? "").split(";").flatMap((part) => {
    const at = part.indexOf("=");
    return part.slice(0, at).trim() === name ? [part.slice(at + 1).trim()] : [];
  });
}

const signed = (expires: string, nonce: string): string => `holdfast: session\n${expires}\n${nonce}`;

/** Sessions signed with these keys. */
export function sessions(keys: Keys): Sessions {
  // Browsers do not tell ports apart: two projects on one machine must not end each other's sessions.
  const mark = keys.sign("holdfast: cookie").map((mac) => createHash("sha256").update(mac).digest("hex"));
  const plainName = `holdfast-${mark[0]?.slice(0, 8) ?? "none"}`;
  const nameFor = (secure: boolean): string => (secure ? `__Host-${plainName}` : plainName);

  function cookie(c: Context, value: string, seconds: number): string {
    const secure = isSecure(c);
    const parts = [
      `${nameFor(secure)}=${value}`,
      "Path=/",
      `Max-Age=${seconds}`,
      "HttpOnly",
      "SameSite=Strict",
    ];
    return (secure ? [...parts, "Secure"] : parts).join("; ");
  }

  function isValid(text: string, now: number): boolean {
    const [expires = "", nonce = "", signature = "", ...more] = text.split(".");
    // Texts are compared: of several texts that give the same bytes only the one that was made is good.
    const given = Buffer.from(signature);
    const isSigned = keys
      .sign(signed(expires, nonce))
      .map((mac) => Buffer.from(mac.toString("base64url")))
      .reduce((found, mac) => (mac.length === given.length && timingSafeEqual(mac, given)) || found, false);
    return isSigned && more.length === 0 && /^\d{1,12}$/.test(expires) && Number(expires) * 1_000 > now;
  }

  return {
    begin(c, now) {
      const expires = String(Math.ceil((now + sessionMs) / 1_000));
      const nonce = randomBytes(16).toString("base64url");
      const [mac] = keys.sign(signed(expires, nonce));
      if (mac === undefined) throw wrongKey();
      return cookie(c, `${expires}.${nonce}.${mac.toString("base64url")}`, sessionMs / 1_000);
    },
    end: (c) => cookie(c, "", 0),
    look(c, now) {
      const given = [...cookiesOf(c, nameFor(true)), ...cookiesOf(c, nameFor(false))];
      if (given.length === 0) return "none";
      return given.some((text) => isValid(text, now)) ? "valid" : "invalid";
    },
  };
}

/** HF420, for a key that was typed and is not right. */
export function wrongKey(): HoldfastError {
  const fix =
    "Give the project's secret key: HOLDFAST_SECRET_KEY, what `holdfast dev` made and keeps in keys.json of its data folder, or in AWS what `holdfast key` has shown.";
  return new HoldfastError("HF420", "The key is wrong.", fix);
}

/** HF423, for a cookie that opens nothing any more. */
export function sessionEnded(): HoldfastError {
  return new HoldfastError("HF423", "The session has ended.", "Sign in again.");
}
