// Pictures of very many pixels: how much memory they take, what is made of them, and where the limits are.
import { linkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { imageFolder, readImage } from "@imagefn/datasets";
import sharp from "sharp";
import t from "tap";
import { decodeSquare } from "../dist/_square.js";
import { reportOf } from "./_run.js";
import { bitPng, noisy } from "./_tools.js";

const MEGABYTES = 600;

t.test("a small file of 268 megapixels takes little memory", async (t) => {
  const path = t.testdir();
  for (const name of ["1.png", "2.png"]) writeFileSync(join(path, name), bitPng(16383, 16383));
  const { count, megabytes } = await reportOf("folder", path);
  t.equal(count, 2);
  t.ok(megabytes < MEGABYTES, `${megabytes.toFixed(0)} MB resident`);
});

t.test("of many photographs few are in memory at a time", async (t) => {
  const path = t.testdir();
  const photograph = sharp({ create: { width: 7360, height: 4912, channels: 3, background: "#789" } });
  await photograph.jpeg().toFile(join(path, "0.jpg"));
  for (let i = 1; i < 8; i++) linkSync(join(path, "0.jpg"), join(path, `${i}.jpg`));
  const { count, megabytes } = await reportOf("folder", path);
  t.equal(count, 8);
  t.ok(megabytes < MEGABYTES, `${megabytes.toFixed(0)} MB resident for eight of 36 megapixels`);
});

t.test("any number of images can be asked for at once", { skip: process.platform === "win32" }, async (t) => {
  const path = t.testdir();
  const image = await noisy(24, 24).png().toBuffer();
  for (let i = 0; i < 400; i++) writeFileSync(join(path, `${i}.png`), image);
  t.equal((await reportOf("pictures", path, 60)).count, 400, "with 60 open files allowed");
});

t.test(
  "too many open files is not the fault of an image",
  { skip: process.platform === "win32" },
  async (t) => {
    const path = t.testdir();
    const image = await noisy(24, 24).png().toBuffer();
    for (let i = 0; i < 20; i++) writeFileSync(join(path, `${i}.png`), image);
    // One file can be opened at a time, so some images fail: with skipBroken they would be lost without need.
    const { outcome } = await reportOf<{ outcome: string }>("starve", path, 60);
    t.match(outcome, /^datasets: cannot read .*\.png \(EMFILE: too many open files\)/);
  },
);

t.test("pictures that are reduced while they are decoded look the same", async (t) => {
  const smooth = await noisy(13, 9).resize(900, 700, { fit: "fill", kernel: "cubic" }).png().toBuffer();
  for (const format of ["png", "jpeg", "webp"] as const)
    for (let orientation = 1; orientation <= 8; orientation++) {
      const bytes = await sharp(smooth)
        .withMetadata({ orientation })
        .toFormat(format, format === "png" ? {} : { quality: 95 })
        .toBuffer();
      const options = { size: 32, name: "picture", advice: "" };
      const exact = await decodeSquare(bytes, options);
      const reduced = await decodeSquare(bytes, { ...options, whole: 300_000 });
      const error = reduced.reduce((sum, v, i) => sum + Math.abs(v - exact[i]), 0) / exact.length;
      t.ok(error < 1.5, `${format} in orientation ${orientation}: off by ${error.toFixed(2)} on average`);
    }
});

t.test("pictures above a limit are not called corrupt: the error says the limit", async (t) => {
  const path = t.testdir();
  const file = join(path, "large.png");
  const refused = async (bytes: Uint8Array, message: RegExp) => {
    writeFileSync(file, bytes);
    await t.rejects(imageFolder({ path, size: 32, cache: false }), { message });
  };
  const limit = (megapixels: string) =>
    new RegExp(`large\\.png is too large \\(got .*, expected at most ${megapixels}\\); downscale it, or`);
  await refused(
    bitPng(20000, 20000),
    /large\.png is too large \(got 20000 x 20000, expected at most 268 megapixels\)/,
  );
  await refused(bitPng(9000, 9000, true), limit("67 megapixels if interlaced or progressive"));
  // A lossless WebP image that ends after its header: 14 bits of each side.
  const webp = Buffer.from("RIFF\x20\0\0\0WEBPVP8L\x14\0\0\0\x2f".padEnd(41, "\0"), "latin1");
  webp.writeUInt32LE(8999 + 8999 * 2 ** 14, 21);
  await refused(webp, limit("67 megapixels for WebP"));
  writeFileSync(file, bitPng(9000, 9000));
  await t.rejects(readImage(file), { message: limit("67 megapixels at its own size") });
  await t.rejects(imageFolder({ path, size: 8000, cache: false }), {
    message: limit("67 megapixels at size 8000"),
  });
  t.equal((await imageFolder({ path, size: 32, cache: false })).count, 1);
});
