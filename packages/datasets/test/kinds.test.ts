// What a file is, is decided by its content: other kinds under the name of a picture are never decoded.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { imageFolder, readImage } from "@imagefn/datasets";
import t from "tap";
import { plain } from "./_tools.js";

const svg = (width: number) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${width}"><rect width="9" height="9"/></svg>`;

t.test("pictures of other kinds are named and not decoded", async (t) => {
  const path = t.testdir();
  const colour = () => plain([200, 30, 40], 64, 64);
  const box = (brand: string) => Buffer.from(`\0\0\0\x1cftyp${brand}\0\0\0\0`, "latin1");
  const files: [string, string | Buffer][] = [
    ["an SVG image", svg(64)],
    ["an SVG image", svg(16000)],
    ["an SVG image", `\ufeff<?xml version="1.0"?>\n<!-- ${"x".repeat(500)} -->\n${svg(64)}`],
    ["a GIF image", await colour().gif().toBuffer()],
    ["a TIFF image", await colour().tiff().toBuffer()],
    ["an AVIF image", await colour().avif({ effort: 0 }).toBuffer()],
    ["a HEIC image", box("heic")],
    ["a BMP image", Buffer.from("BM\x36\x30\0\0\0\0\0\0\x36\0\0\0", "latin1")],
    ["a Photoshop file", "8BPS\0\x01"],
    ["an MP4 video", box("isom")],
    ["a PDF document", "%PDF-1.7\n"],
    ["an HTML page", "<!DOCTYPE html>\n<html><body>404</body></html>"],
    ["a ZIP archive", "PK\x03\x04\x14"],
    ["a pointer of Git LFS, not the file it stands for", "version https://git-lfs.github.com/spec/v1\n"],
  ];
  for (const [shown, content] of files)
    for (const ending of ["png", "jpg", "webp"]) {
      const file = join(path, `photo.${ending}`);
      writeFileSync(file, content);
      const message = new RegExp(
        `^datasets: cannot decode .*photo\\.${ending} \\(got ${shown}, expected PNG, JPEG or WebP\\); convert it, or `,
      );
      await t.rejects(readImage(file), { message }, `${shown} as ${ending}`);
    }
  writeFileSync(join(path, "photo.png"), "some text");
  await t.rejects(readImage(join(path, "photo.png")), /\(got "some text", expected a complete PNG/);
});

t.test("a PNG, JPEG or WebP image under another's name is read", async (t) => {
  const path = t.testdir();
  writeFileSync(join(path, "a.jpg"), await plain([1, 1, 1]).png().toBuffer());
  writeFileSync(join(path, "b.webp"), await plain([200, 200, 200]).jpeg().toBuffer());
  writeFileSync(join(path, "c.png"), await plain([3, 3, 3]).webp({ lossless: true }).toBuffer());
  const set = await imageFolder({ path, size: 4, cache: false });
  t.same(
    [0, 1, 2].map((i) => set.images.at(i)[0]),
    [1, 200, 3],
  );
});
