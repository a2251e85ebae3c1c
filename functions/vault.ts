/**
 * The secrets that a process has to do with: their values, and how they are kept out of everything that is stored or shown.
 *
 * Owns:      the values of each version that was asked for. Of all of them, in whatever run: a value that one run has read
 *            is no business of another's journal either.
 * Never:     shows a value in an error.
 * Invariant: `reveal(hide(text))` is `text`.
 */
import { HoldfastError } from "../engine/errors.ts";
import { filled, type Hole, holesIn, isSealed, maskOf, sealed } from "../engine/sealed-text.ts";
import type { ProjectSecrets, SecretValues, SecretVersion } from "./project-secrets.ts";
import { formsOf, inForm, maskFor, shortestSecret } from "./secret-forms.ts";

type Written = Omit<Hole, "at">;

/** A secret in a text. */
interface Found {
  readonly at: number;
  readonly length: number;
  readonly written: Written;
}

export class Vault {
  readonly #secrets: ProjectSecrets;
  /** Versions whose values are looked for. */
  readonly #known = new Set<string>();
  /** What is looked for, and whose it is. */
  readonly #written = new Map<string, Written>();

  constructor(secrets: ProjectSecrets) {
    this.#secrets = secrets;
  }

  /** The version that is current. */
  current(): Promise<string | undefined> {
    return this.#secrets.current();
  }

  /** The values of a version, which are kept out of all texts from now on. */
  async open(asked: string | undefined): Promise<SecretVersion> {
    // Asked each time: the version may have been revoked.
    const found = await this.#secrets.values(asked);
    if (found.version !== undefined && !this.#known.has(found.version)) {
      this.#known.add(found.version);
      for (const [name, value] of Object.entries(found.values)) this.#add(name, found.version, value);
    }
    return found;
  }

  #add(name: string, version: string, value: string): void {
    if (value.length < shortestSecret) return;
    for (const [text, form] of formsOf(value))
      this.#written.set(text, { name, version, form, mask: maskFor(text, form, maskOf(name)) });
  }

  /** Where secrets stand in a text, in order; where two overlap, the one that begins first, or the longer one. */
  #find(text: string): Found[] {
    const all: Found[] = [];
    for (const [each, written] of this.#written)
      for (let at = text.indexOf(each); at >= 0; at = text.indexOf(each, at + 1))
        all.push({ at, length: each.length, written });
    if (all.length < 2) return all;
    all.sort((a, b) => a.at - b.at || b.length - a.length);
    let end = 0;
    return all.filter(({ at, length }) => {
      if (at < end) return false;
      end = at + length;
      return true;
    });
  }

  /** A text to be stored: its secrets are taken out, and come back with `reveal`. */
  hide(text: string): string {
    const found = isSealed(text) ? [] : this.#find(text);
    if (found.length === 0) return text;
    const holes: Hole[] = [];
    const parts: string[] = [];
    let from = 0;
    let kept = 0;
    for (const { at, length, written } of found) {
      parts.push(text.slice(from, at));
      kept += at - from;
      holes.push({ at: kept, ...written });
      from = at + length;
    }
    return sealed(parts.join("") + text.slice(from), holes);
  }

  /** A text to be shown: its secrets are masked for good. */
  mask(text: string): string {
    const found = this.#find(text);
    if (found.length === 0) return text;
    let shown = "";
    let from = 0;
    for (const { at, length, written } of found) {
      shown += text.slice(from, at) + maskOf(written.name);
      from = at + length;
    }
    return shown + text.slice(from);
  }

  /**
   * A text that `hide` has made, whole. A value whose version is gone is the current one's of the same name.
   * @throws HoldfastError HF319 where there is none.
   */
  async reveal(text: string): Promise<string> {
    if (!isSealed(text)) return text;
    const versions = new Map<string, SecretValues>();
    for (const { version } of holesIn(text).holes)
      if (!versions.has(version)) versions.set(version, (await this.open(version)).values);
    return filled(text, ({ name, version, form }) => {
      const value = versions.get(version)?.[name];
      if (value === undefined) throw gone(name, version);
      return inForm(value, form);
    });
  }
}

function gone(name: string, version: string): HoldfastError {
  return new HoldfastError(
    "HF319",
    `A recorded value holds the secret ${name} of version ${version}. That version is gone, and the current one has no ${name}.`,
    `Give ${name} a value again; then resume the run.`,
  );
}
