/** examples/video through the real `holdfast dev`: a video server, a storage, and an ffmpeg in a mood. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Holdfast, startHoldfast } from "../world/holdfast.ts";
import { type Folder, makeFolder, root } from "../world/place.ts";
import { startServer, type TestServer } from "./servers.ts";

/** Stands in for ffmpeg: writes down each call, then fails, hangs, or turns the file round, as the mood says. */
const ffmpeg = `#!${process.execPath}
const fs = require("node:fs");
const [, original, , , small] = process.argv.slice(3);
fs.appendFileSync(process.env.FFMPEG_CALLS, original + "\\n");
const mood = fs.readFileSync(process.env.FFMPEG_MOOD, "utf8");
if (mood === "hang") setInterval(() => {}, 1000);
else if (mood !== "work" && Number(mood) > 0) {
  fs.writeFileSync(process.env.FFMPEG_MOOD, String(Number(mood) - 1));
  console.error("Conversion failed!");
  process.exitCode = 1;
} else fs.writeFileSync(small, fs.readFileSync(original).reverse());
`;

const video = Buffer.from("moving pictures".repeat(5_000));
const isBackwards = (body: Buffer): boolean => Buffer.from(body).reverse().equals(video);

let servers: readonly TestServer[];
let folder: Folder;
let holdfast: Holdfast;

const path = (name: string): string => join(folder.path, name);
const mood = (text: string): void => writeFileSync(path("mood"), text);
const calls = (): string[] => {
  return existsSync(path("calls")) ? readFileSync(path("calls"), "utf8").trim().split("\n") : [];
};

const start = (): Promise<Holdfast> => {
  const [source, storage] = servers;
  const env = {
    VIDEO_FOLDER: path("videos"),
    STORAGE_URL: storage?.url ?? "",
    SOURCE_URL: source?.url ?? "",
    FFMPEG: path("ffmpeg.cjs"),
    FFMPEG_CALLS: path("calls"),
    FFMPEG_MOOD: path("mood"),
  };
  return startHoldfast({ project: join(root, "examples", "video"), tasks: "tasks", data: path("data"), env });
};

beforeAll(async () => {
  folder = await makeFolder("video");
  servers = await Promise.all([
    startServer(() => ({ body: video })),
    startServer(({ path: stored }) => ({ body: { url: `https://storage.example${stored}` } })),
  ]);
  writeFileSync(path("ffmpeg.cjs"), ffmpeg);
  chmodSync(path("ffmpeg.cjs"), 0o755);
  holdfast = await start();
});

afterAll(async () => {
  await holdfast?.stop();
  await Promise.all(servers?.map((server) => server.close()) ?? []);
  await folder?.remove();
});

let seen: () => { downloads: number; uploads: number; calls: number };
beforeEach(() => {
  const count = () => [...(servers.map(({ requests }) => requests.length) ?? []), calls().length];
  const before = count();
  seen = () => {
    const [downloads = 0, uploads = 0, called = 0] = count().map((now, i) => now - (before[i] ?? 0));
    return { downloads, uploads, calls: called };
  };
});

const trigger = (name: string): Promise<string> =>
  holdfast.trigger("process-video", { name, url: `${servers[0]?.url}/${name}.mp4` });

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
}

test("a video is downloaded, transcoded and uploaded, each once", async () => {
  mood("work");
  const run = await holdfast.finished(await trigger("cat"));
  expect(run).toMatchObject({
    status: "COMPLETED",
    output: { name: "cat", stored: "https://storage.example/videos/cat" },
  });
  expect(seen()).toEqual({ downloads: 1, uploads: 1, calls: 1 });
  expect(isBackwards(servers[1]?.requests.at(-1)?.body ?? Buffer.alloc(0))).toBe(true);
  expect(servers[1]?.requests.at(-1)?.key).not.toBe("");
});

test("the transcoder fails twice, and is tried again by itself; the video is not downloaded again", async () => {
  mood("2");
  expect(await holdfast.finished(await trigger("dog"))).toMatchObject({ status: "COMPLETED" });
  expect(seen()).toEqual({ downloads: 1, uploads: 1, calls: 3 });
});

test("killed while it transcodes, the run goes on in another process; the video is not downloaded again", async () => {
  mood("hang");
  const id = await trigger("owl");
  await until(() => seen().calls === 1);
  await holdfast.killTree();
  mood("work");
  holdfast = await start();
  expect(await holdfast.finished(id)).toMatchObject({ status: "COMPLETED" });
  expect(seen()).toEqual({ downloads: 1, uploads: 1, calls: 2 });
  expect(isBackwards(servers[1]?.requests.at(-1)?.body ?? Buffer.alloc(0))).toBe(true);
});

test("a transcoder that stays broken leaves a dead letter; mended and resumed elsewhere, nothing before is repeated", async () => {
  mood("3");
  const id = await trigger("elk");
  const failed = await holdfast.finished(id);
  expect(failed.status).toBe("FAILED");
  expect(failed.error?.message).toContain("Conversion failed!");
  await holdfast.stop();
  mood("work");
  holdfast = await start();
  await holdfast.request("POST", `/api/v1/runs/${id}/resume`, {});
  expect(await holdfast.finished(id)).toMatchObject({ status: "COMPLETED" });
  expect(seen()).toEqual({ downloads: 1, uploads: 1, calls: 4 });
});
