/** Which bundles of older code are taken away: on real files, and by a real supervisor. */
import { existsSync, readdirSync, utimesSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keepBundle, keptManifests, siteNamesOf } from "../../local/bundle-folder.ts";
import { removeOldBundles, removeUnfinished } from "../../local/old-bundles.ts";
import { makeFolder } from "../world/place.ts";
import { makePlace, type Place, until } from "./fake/holdfast.ts";

describe("bundles of older code", () => {
  let data: string;
  let end: () => Promise<void>;
  beforeEach(async () => {
    const folder = await makeFolder("old-bundles");
    data = folder.path;
    end = () => folder.remove();
  });
  afterEach(() => end());

  /** Bundles `v1` … `v<count>`, made one second after the other. */
  async function bundles(count: number): Promise<void> {
    for (let at = 1; at <= count; at++) {
      const manifest = { tasks: [], sites: { s: { name: `call of v${at}`, file: "t.ts", line: at } } };
      const files = { "bundle.mjs": "", "manifest.json": JSON.stringify(manifest) };
      const path = await keepBundle(data, { codeVersion: `v${at}`, files });
      utimesSync(path, at, at);
    }
  }
  const there = () => readdirSync(join(data, "bundles")).sort();
  const nobody = async () => new Set<string>();

  test("go when no run is pinned to them, but for the two before the current one", async () => {
    await bundles(6);
    expect((await removeOldBundles(data, "v6", nobody)).sort()).toEqual(["v1", "v2", "v3"]);
    expect(there()).toEqual(["v4", "v5", "v6"]);
  });

  test("stay as long as a run is pinned to them", async () => {
    await bundles(6);
    await removeOldBundles(data, "v6", async () => new Set(["v2"]));
    expect(there()).toEqual(["v2", "v4", "v5", "v6"]);
  });

  test("stay when they are current, however old", async () => {
    await bundles(6);
    await removeOldBundles(data, "v1", nobody);
    expect(there()).toEqual(["v1", "v5", "v6"]);
  });

  test("cost no look at the store while there are no more than three", async () => {
    await bundles(3);
    let looks = 0;
    await removeOldBundles(data, "v3", async () => {
      looks += 1;
      return new Set();
    });
    expect(looks).toBe(0);
    expect(there()).toEqual(["v1", "v2", "v3"]);
  });

  test("leave the names of their call sites behind, for the runs that ended on them", async () => {
    await bundles(4);
    await removeOldBundles(data, "v4", nobody);
    expect(siteNamesOf(data)("v1")("s")).toEqual({ name: "call of v1", at: "t.ts:1" });
    expect(keptManifests(data)).toHaveLength(4);
  });

  test("can be kept again when somebody goes back to them", async () => {
    await bundles(4);
    await removeOldBundles(data, "v4", nobody);
    await bundles(1);
    expect(there()).toContain("v1");
  });

  test("that are half there are no bundles: they go at the start", async () => {
    await bundles(1);
    await mkdir(join(data, "bundles", "v1.7c9e"));
    await removeUnfinished(data);
    expect(there()).toEqual(["v1"]);
  });
});

describe("a supervisor", () => {
  let place: Place;
  beforeEach(async () => {
    place = await makePlace("old-code");
  });
  afterEach(() => place.end());

  test("takes away what no open run and no dead letter is pinned to, and an open run ends on its old code", async () => {
    let open = "";
    let dead = "";
    for (const version of ["one", "two", "three", "four", "five", "six"]) {
      const holdfast = await place.start({ env: { FAKE_VERSION: version } });
      if (version === "one") open = await holdfast.trigger("quick", {}, { delay: "1h" });
      if (version === "two") {
        dead = await holdfast.trigger("exits", { file: place.file("exits") });
        expect((await holdfast.finished(dead)).status).toBe("CRASHED");
      }
      await holdfast.stop();
    }
    const last = await place.start({ env: { FAKE_VERSION: "six" } });
    await until("the third version is gone", () => !existsSync(join(place.data, "bundles", "three")));
    expect(readdirSync(join(place.data, "bundles")).sort()).toEqual(["five", "four", "one", "six", "two"]);
    await last.request("POST", `/api/v1/runs/${open}/reschedule`, { delay: "1s" });
    expect((await last.finished(open)).output).toMatchObject({ version: "one" });
    const deaths = place.lines("exits").length;
    await last.request("POST", `/api/v1/runs/${dead}/resume`, { code: "same" });
    // It ran again, and ended its process as before: its code is there.
    await until("it was worked on", () => place.lines("exits").length > deaths);
  });
});
