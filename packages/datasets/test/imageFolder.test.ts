// Image folders and decoding: kinds of images, classes, order, and everything that can be wrong with a file.
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ImageFolderOptions, imageFolder, readImage, resizeAndCrop } from "@imagefn/datasets";
import t from "tap";
import { contents, noisy, plain, planar } from "./_tools.js";

const read = (options: ImageFolderOptions) => imageFolder({ cache: false, ...options });

t.test("readImage gives planar RGB bytes at the image's own size", async (t) => {
  const file = join(t.testdir(), "a.png");
  const { data, width, height } = planar(5, 3, (c, y, x) => 80 * c + 10 * y + x);
  const interleaved = Array.from({ length: 15 }, (_, i) => [data[i], data[15 + i], data[30 + i]]).flat();
  const { default: sharp } = await import("sharp");
  await sharp(Buffer.from(interleaved), { raw: { width, height, channels: 3 } }).toFile(file);
  t.same(await readImage(file), { width: 5, height: 3, data });
});

t.test("grey, alpha, palettes, 16 bits, CMYK and rotation are understood", async (t) => {
  const dir = t.testdir();
  const grey = [77, 77, 77];
  const red = [200, 30, 40];
  const images: [string, Promise<unknown>, number[], number][] = [];
  const add = (name: string, image: ReturnType<typeof plain>, expected: number[], tolerance = 0) =>
    images.push([name, image.toFile(join(dir, name)), expected, tolerance]);
  add("grey.png", plain([77]).toColourspace("b-w").png(), grey);
  add("grey.jpg", plain([77]).toColourspace("b-w").jpeg(), grey, 1);
  add("grey-alpha.png", plain([77, 0]).toColourspace("b-w").png(), [255, 255, 255]);
  add("alpha.png", plain([10, 200, 30, 128]).png(), [132, 227, 142], 1);
  add("clear.webp", plain([10, 200, 30, 0]).webp({ lossless: true }), [255, 255, 255]);
  add("palette.png", plain(red).png({ palette: true }), red);
  add("deep.png", plain(red).toColourspace("rgb16").png(), red);
  add("deep-grey.png", plain([77]).toColourspace("grey16").png(), grey);
  add("lossless.webp", plain(red).webp({ lossless: true }), red);
  // No CMYK profile holds this red; it comes back as the nearest that ink can do.
  add("print.jpeg", plain(red).toColourspace("cmyk").jpeg({ quality: 100 }), red, 30);
  for (const [name, written, expected, tolerance] of images) {
    await written;
    const { data, width, height } = await readImage(join(dir, name));
    t.same([width, height, data.length], [8, 8, 192], name);
    const error = Math.max(...data.map((v, i) => Math.abs(v - expected[Math.floor(i / 64)])));
    t.ok(error <= tolerance, `${name}: off by ${error}, at most ${tolerance} allowed`);
  }
  await plain(red, 6, 4).withMetadata({ orientation: 6 }).jpeg().toFile(join(dir, "lying.jpg"));
  t.match(await readImage(join(dir, "lying.jpg")), { width: 4, height: 6 });
});

t.test("a folder is read with its sub-folders, in the order of the paths", async (t) => {
  const path = t.testdir({ a: { deep: {} }, b: {}, ".hidden": {}, "notes.txt": "no image" });
  await plain([1, 1, 1]).png().toFile(join(path, "z.PNG"));
  await plain([2, 2, 2])
    .webp({ lossless: true })
    .toFile(join(path, "a", "deep", "x.webp"));
  await plain([3, 3, 3])
    .png()
    .toFile(join(path, "b", "y.png"));
  writeFileSync(join(path, "b", "._y.png"), "what macOS leaves on foreign disks");
  writeFileSync(join(path, ".hidden", "h.png"), "not an image");
  symlinkSync(path, join(path, "b", "loop"));
  const progress: [number, number][] = [];
  const set = await read({ path, size: 4, onProgress: (...p) => progress.push(p) });
  t.match(set, { size: 4, count: 3, classes: [], warnings: [] });
  t.equal(set.labels, undefined);
  t.same(
    [0, 1, 2].map((i) => set.images.at(i)[0]),
    [2, 3, 1],
  );
  t.same(progress.at(-1), [3, 3]);
});

t.test("images are resized and cropped by the rule", async (t) => {
  const path = t.testdir();
  await noisy(50, 37).png().toFile(join(path, "n.png"));
  const set = await read({ path, size: 16 });
  t.same(set.images.at(0), resizeAndCrop(await readImage(join(path, "n.png")), 16));
});

t.test("sub-folders are classes when asked", async (t) => {
  const path = t.testdir({ dog: { young: {} }, cat: {}, empty: {} });
  await plain([1, 1, 1])
    .png()
    .toFile(join(path, "dog", "young", "1.png"));
  await plain([2, 2, 2])
    .png()
    .toFile(join(path, "dog", "2.png"));
  await plain([3, 3, 3])
    .png()
    .toFile(join(path, "cat", "9.png"));
  const set = await read({ path, size: 8, classes: true });
  t.same(set.classes, ["cat", "dog"]);
  t.same([...set.labels!], [0, 1, 1]);
  t.same(
    [0, 1, 2].map((i) => set.images.at(i)[0]),
    [3, 2, 1],
  );
  t.equal(set.warnings.length, 1);
  t.match(set.warnings[0], /sub-folder empty of .* contains no images/);
  await plain([4, 4, 4]).png().toFile(join(path, "stray.png"));
  await t.rejects(read({ path, size: 8, classes: true }), /stray\.png has no class/);
});

t.test("with a cache, files are decoded again only after a change", async (t) => {
  const path = t.testdir({ images: {}, cache: {} });
  const options = { path: join(path, "images"), size: 8, cacheFolder: join(path, "cache") };
  await plain([5, 5, 5])
    .png()
    .toFile(join(path, "images", "1.png"));
  const first = await imageFolder(options);
  t.same(
    contents(await imageFolder({ ...options, onProgress: () => t.fail("decoded again") })),
    contents(first),
  );
  await plain([66, 6, 6], 9, 9)
    .png()
    .toFile(join(path, "images", "1.png"));
  t.equal((await imageFolder(options)).images.at(0)[0], 66);
});

t.test("truncated and corrupt files are named", async (t) => {
  const path = t.testdir();
  for (const format of ["png", "jpeg", "webp"] as const) {
    const whole = await noisy(40, 40)[format]().toBuffer();
    const file = join(path, `photo.${format}`);
    for (const kept of [0, 10, 0.3 * whole.length, 0.95 * whole.length]) {
      writeFileSync(file, whole.subarray(0, kept));
      await t.rejects(
        read({ path, size: 8 }),
        {
          message: new RegExp(
            `^datasets: cannot decode .*photo\\.${format} \\(got ${kept ? '"' : "an empty file"}[^\\n]*truncated[^\\n]*$`,
          ),
        },
        `${format} cut to ${Math.floor(kept)} of ${whole.length} bytes`,
      );
    }
    writeFileSync(file, whole);
    t.equal((await read({ path, size: 8 })).count, 1, `${format} whole is read`);
    rmSync(file);
  }
  const damaged = await noisy(40, 40).png().toBuffer();
  damaged[damaged.length >> 1] ^= 0x55;
  writeFileSync(join(path, "bit.png"), damaged);
  await t.rejects(read({ path, size: 8 }), /cannot decode .*bit\.png/);
  writeFileSync(join(path, "bit.png"), "hello");
  await t.rejects(read({ path, size: 8 }), /cannot decode .*bit\.png .* replace it or remove it/);
});

t.test("of several bad files the first in order is named", async (t) => {
  const path = t.testdir();
  await plain([1, 2, 3]).png().toFile(join(path, "0.png"));
  // The first is found out last: most of it has to be decoded before the end is missed.
  const slow = await noisy(700, 700).png().toBuffer();
  writeFileSync(join(path, "1.png"), slow.subarray(0, 0.95 * slow.length));
  for (const name of ["2.png", "3.png"]) writeFileSync(join(path, name), "bad");
  await t.rejects(read({ path, size: 8 }), /cannot decode .*1\.png/);
});

t.test("folders that cannot be used are explained", async (t) => {
  const path = t.testdir({ file: "", empty: { "readme.txt": "" } });
  await t.rejects(read({ path: join(path, "gone"), size: 8 }), /cannot open the image folder .*gone/);
  await t.rejects(read({ path: join(path, "file"), size: 8 }), /is not a folder/);
  await t.rejects(read({ path: join(path, "empty"), size: 8 }), /no images in .*empty .* use the folder/);
  await plain([1, 2, 3], 20, 7).png().toFile(join(path, "flat.png"));
  await t.rejects(read({ path, size: 8 }), /flat\.png is too small \(got 20 x 7, expected at least 8 x 8\)/);
  await t.rejects(read({ path, size: 7, classes: true }), /no classes in .* one sub-folder per class/);
  await t.rejects(read({ path, size: 0 }), /bad size \(got 0/);
  symlinkSync(join(path, "gone"), join(path, "link.png"));
  await t.rejects(read({ path, size: 7 }), /cannot read .*link\.png .* fix it or remove it/);
  rmSync(join(path, "link.png"));
  mkdirSync(join(path, "dir.png"));
  t.equal((await read({ path, size: 7 })).count, 1, "a folder with an image's name is a folder");
  await t.rejects(readImage(join(path, "gone.png")), /cannot read .*gone\.png/);
});
