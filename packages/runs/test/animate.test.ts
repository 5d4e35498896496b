// Animations of a run: the samples that they go through, the loop, pictures and videos, and what cannot be animated.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { type AnimateOptions, openRun, train } from "@imagefn/runs";
import { PNG } from "pngjs";
import sharp from "sharp";
import t from "tap";
import { ffmpegArguments, requireFfmpeg, writeVideo } from "../dist/sampling/video.js";
import { webp } from "../dist/sampling/webp.js";
import { tiny } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir();
const at = (name: string) => join(home, name);
const run = await train(
  { ...tiny, data: { ...tiny.data, styles: ["pixel-art", "thumbs"], classes: true } } as typeof tiny,
  { out: at("run"), isolate: false },
);
const options: AnimateOptions = { count: 2, frames: 4, fps: 10, size: [16, 16], class: "thumbs" };

/** A chunk of a PNG file. */
function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

/** The frames of an animated PNG, as PNG files of their own. */
function framesOf(bytes: Buffer): Buffer[] {
  const start = bytes.subarray(0, 33);
  const frames: Buffer[][] = [];
  for (let at = 33; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString("latin1", at + 4, at + 8);
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (type === "fcTL") frames.push([]);
    if (type === "IDAT" || type === "fdAT") frames.at(-1)!.push(type === "IDAT" ? data : data.subarray(4));
    at += length + 12;
  }
  return frames.map((parts) =>
    Buffer.concat([start, chunk("IDAT", Buffer.concat(parts)), chunk("IEND", new Uint8Array())]),
  );
}

t.test("a loop goes through its samples, and is the same file each time", async (t) => {
  const path = await run.animate({ ...options, onMessage: (text) => t.match(text, /engine onnx/) });
  t.match(path, /samples\/animation-step\d+-seed0-count2-frames4-fps10-class1-thumbs-16x16\.png$/);
  const again = await run.animate({ ...options, out: at("again.png") });
  t.ok(readFileSync(path).equals(readFileSync(again)));
  const frames = framesOf(readFileSync(path)).map((bytes) => PNG.sync.read(bytes).data);
  const distinct = new Set(frames.map((data) => data.toString("base64")));
  t.equal(distinct.size, 3, "between two samples the way back is the way there");
  t.same(frames[1], frames[3]);
  const both = await run.draw({ count: 2, sizes: [[16, 16]], class: "thumbs", separate: true, out: at("x") });
  for (const [i, sample] of both.entries())
    t.ok(PNG.sync.read(readFileSync(sample)).data.equals(frames[2 * i]), `frame ${2 * i} is sample ${i}`);
});

const colours = [
  [200, 60, 10],
  [10, 60, 200],
];
/** Frames of 6 x 4 pixels, each of one colour. */
async function* frames() {
  for (const colour of colours) yield [Uint8Array.from({ length: 3 * 24 }, (_, i) => colour[i % 3])];
}

t.test("WebP: the frames, their time, and no end", async (t) => {
  const steps: (number | null)[] = [];
  const path = await run.animate({
    ...options,
    fps: 30,
    out: at("loop.webp"),
    onProgress({ step, total, unit }) {
      steps.push(step, total);
      t.equal(unit, "frames");
    },
  });
  t.same(steps, [1, 4, 2, 4, 3, 4, 4, 4]);
  const { pages, delay, loop } = await sharp(path, { animated: true }).metadata();
  t.same({ pages, delay, loop }, { pages: 4, delay: [33, 34, 33, 33], loop: 0 }, "100 ms for three frames");
  const bytes = await webp({ width: 6, height: 4, frames: 2, fps: 5 }, frames());
  const pixels = await sharp(bytes, { animated: true }).removeAlpha().raw().toBuffer();
  const worst = Math.max(...pixels.map((byte, i) => Math.abs(byte - colours[i < 72 ? 0 : 1][i % 3])));
  t.ok(worst <= 6, `colours off by ${worst} of 255`);
});

t.test("what ffmpeg is asked for", async (t) => {
  const shown = { width: 64, height: 48, fps: 30 };
  const mp4 = ffmpegArguments("mp4", shown, "a b.mp4").join(" ");
  t.match(mp4, "-f rawvideo -pix_fmt rgb24 -video_size 64x48 -framerate 30 -i pipe:0 ");
  t.match(
    mp4,
    / -pix_fmt yuv420p -c:v libx264 .*-movflags \+faststart .*-colorspace bt709 .*-f mp4 a b\.mp4$/,
  );
  t.match(
    ffmpegArguments("webm", shown, "x.webm").join(" "),
    / -pix_fmt yuv420p -c:v libvpx-vp9 .*-f webm x\.webm$/,
  );
});

t.test("a video without a ffmpeg that makes it is refused before any work", async (t) => {
  const { PATH } = process.env;
  t.teardown(() => {
    process.env.PATH = PATH;
  });
  const folder = t.testdir();
  process.env.PATH = folder;
  await t.rejects(run.animate({ ...options, out: at("a.mp4") }), {
    code: "missing-package",
    message:
      /^a \.mp4 file needs ffmpeg, which is not installed, or not in PATH\. Install it: `apt-get install ffmpeg`/,
  });
  writeFileSync(join(folder, "ffmpeg"), "#!/bin/sh\necho ' V..... libx264  H.264'\n", { mode: 0o755 });
  await t.resolves(requireFfmpeg("mp4"));
  await t.rejects(run.animate({ ...options, out: at("a.webm") }), {
    code: "missing-package",
    message: /^a \.webm file needs ffmpeg, and this one was built without libvpx-vp9\./,
  });
  const breaks = "#!/bin/sh\necho 'no space left' >&2\nexit 3\n";
  writeFileSync(join(folder, "ffmpeg"), breaks, { mode: 0o755 });
  await t.rejects(requireFfmpeg("mp4"), {
    code: "missing-package",
    message: /which does not start: .*no space left/,
  });
  await t.rejects(writeVideo("mp4", at("a.mp4"), { width: 6, height: 4, fps: 5 }, frames()), {
    message: "ffmpeg failed: no space left",
  });
  t.notOk(existsSync(at("a.mp4")));
  async function* broken() {
    yield* frames();
    throw new Error("stop");
  }
  writeFileSync(join(folder, "ffmpeg"), `#!/bin/sh\nexec ${process.execPath} -e 'process.stdin.resume()'\n`, {
    mode: 0o755,
  });
  await t.rejects(writeVideo("mp4", at("a.mp4"), { width: 6, height: 4, fps: 5 }, broken()), {
    message: "stop",
  });
  t.notOk(readdirSync(home).some((name) => name.includes("a.mp4")));
});

const ffmpeg = spawnSync("ffmpeg", ["-version"]).status === 0;

t.test("videos: their frames, and their time", { skip: ffmpeg ? false : "there is no ffmpeg" }, async (t) => {
  for (const name of ["mp4", "webm"] as const) {
    const path = await run.animate({ ...options, out: at(`loop.${name}`) });
    const decoded = (file: string) =>
      execFileSync("ffmpeg", ["-v", "error", "-i", file, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]);
    t.equal(decoded(path).length, 4 * 16 * 16 * 3, `${name}: four frames`);
    const about = spawnSync("ffmpeg", ["-hide_banner", "-i", path], { encoding: "utf8" }).stderr;
    t.match(about, name === "mp4" ? /h264.* yuv420p\(tv, bt709/ : /vp9.* yuv420p\(tv, bt709/);
    t.match(about, /Duration: 00:00:00\.40.* 10 fps/s);
    await writeVideo(name, at(`flat.${name}`), { width: 6, height: 4, fps: 5 }, frames());
    const pixels = decoded(at(`flat.${name}`));
    const worst = Math.max(...pixels.map((byte, i) => Math.abs(byte - colours[i < 72 ? 0 : 1][i % 3])));
    t.ok(worst <= 8, `${name}: colours off by ${worst} of 255`);
  }
});

t.test("what cannot be animated is refused before any work", async (t) => {
  const cases: [object, RegExp][] = [
    [{ class: undefined }, /^class is missing: .* such as pixel-art\.$/],
    [{ count: 1 }, /^count 1: a path needs two samples\. Use 2 or more\.$/],
    [{ frames: 1 }, /^frames 1: there are 2 samples on the path\. Use 2 or more\.$/],
    [{ fps: 0 }, /^fps is 0 \(expected a whole number from 1 to 100\)$/],
    [
      { out: at("a.gif") },
      /^out .*a\.gif: the end of the name is no kind of animation\. .* \.mp4 or \.webm with ffmpeg\.$/,
    ],
    [
      { out: at("a.mp4"), size: [16, 15] },
      /^size 16x15: the colours of a \.mp4 file .* Use an even width and height\.$/,
    ],
    [{ out: at("a.webp"), frames: 9999, size: [999, 999] }, /^out .*are too large for a \.webp file/],
  ];
  for (const [other, message] of cases)
    await t.rejects(run.animate({ ...options, ...other }), { code: "invalid-option", message });
  const loaded = await openRun(run.path);
  const signal = AbortSignal.abort(new Error("stop"));
  await t.rejects(loaded.animate({ ...options, signal }), { message: "stop" });
});
