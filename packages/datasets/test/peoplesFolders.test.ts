// Folders as people have them: broken images among good ones, odd names, thumbnails, links that lead nowhere.
import { chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ImageFolderOptions, imageFolder, listImages, lsun, readImage } from "@imagefn/datasets";
import t from "tap";
import { lmdbFile } from "./_lmdb.js";
import { allBytes, contents, noisy, plain, sameBytes } from "./_tools.js";

const read = (options: ImageFolderOptions) => imageFolder({ cache: false, ...options });
const picture = (value: number) => plain([value, value, value]).png().toBuffer();
const windows = process.platform === "win32";

/** Writes a picture of one grey for each path, 1, 2 and so on. */
async function fill(folder: string, paths: string[]): Promise<void> {
  for (const [i, path] of paths.entries()) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), await picture(i + 1));
  }
}

const greys = async (options: ImageFolderOptions) => {
  const set = await read(options);
  return Array.from({ length: set.count }, (_, i) => set.images.at(i)[0]);
};

t.test("what is no image does not matter, whatever is wrong with it", { skip: windows }, async (t) => {
  const path = t.testdir();
  await fill(path, ["1.png", "a/2.png"]);
  symlinkSync(join(path, "gone"), join(path, "latest"));
  symlinkSync("round", join(path, "round"));
  writeFileSync(join(path, "notes.txt"), "");
  mkdirSync(join(path, "folder.png"));
  t.same(await greys({ path, size: 8 }), [1, 2]);
  t.same((await read({ path, size: 8 })).warnings, []);
});

t.test("a sub-folder that cannot be read is left out, with a warning", { skip: windows }, async (t) => {
  const path = t.testdir();
  await fill(path, ["1.png", "a/2.png", "closed/3.png"]);
  const closed = join(path, "closed");
  chmodSync(closed, 0);
  // The administrator reads everything.
  const asRoot = process.geteuid!() === 0;
  try {
    if (asRoot) process.seteuid!(65534);
    const { count, warnings } = await read({ path, size: 8 });
    t.equal(count, 2);
    t.match(warnings, [/sub-folder closed cannot be read \(EACCES: permission denied\) and is left out/]);
    await t.rejects(read({ path: closed, size: 8 }), /cannot open the image folder .*closed \(EACCES/);
  } finally {
    if (asRoot) process.seteuid!(0);
    chmodSync(closed, 0o755);
  }
});

t.test(
  "names that are not UTF-8 are opened by their bytes",
  { skip: process.platform !== "linux" },
  async (t) => {
    const path = t.testdir();
    const raw = (name: string) => Buffer.concat([Buffer.from(`${path}/`), Buffer.from(name, "latin1")]);
    mkdirSync(raw("\xe9t\xe9"));
    writeFileSync(raw("\xe9t\xe9/caf\xe9.png"), await picture(7));
    writeFileSync(raw("\xe9t\xe9/note\xff.txt"), "");
    mkdirSync(join(path, "a"));
    writeFileSync(join(path, "a", "ü.png"), await picture(8));
    const set = await read({ path, size: 8, classes: true });
    t.same([set.images.at(0)[0], set.images.at(1)[0]], [7, 8]);
    t.same(set.classes, ["\\xE9t\\xE9", "a"]);
    t.same(set.warnings, []);
    const files = await listImages(path);
    t.same(files.map(({ relative }) => relative).sort(), ["\\xE9t\\xE9/caf\\xE9.png", "a/ü.png"].sort());
    const file = files.find(({ relative }) => relative.includes("caf"))!;
    t.equal((await readImage(file.path)).width, 8, "as listed");
    writeFileSync(raw("\xe9t\xe9/caf\xe9.png"), "bad");
    await t.rejects(read({ path, size: 8 }), /cannot decode .*\\xE9t\\xE9\/caf\\xE9\.png/);
  },
);

t.test("all images that cannot be used are listed at once", async (t) => {
  const path = t.testdir();
  await fill(path, ["a.png", "b.png", "c.png"]);
  const whole = await noisy(40, 40).png().toBuffer();
  writeFileSync(join(path, "900.jpg"), "");
  writeFileSync(join(path, "901.jpg"), whole.subarray(0, 0.5 * whole.length));
  writeFileSync(join(path, "902.png"), await plain([1, 2, 3], 1, 1).png().toBuffer());
  const message = await read({ path, size: 8 }).catch((error: Error) => error.message);
  const lines = String(message).split("\n");
  t.match(lines, [
    /^datasets: 3 of 6 images of folder:.* cannot be used, 3 can:$/,
    /^ {2}cannot decode .*900\.jpg \(got an empty file, expected a complete PNG, JPEG or WebP image\)$/,
    /^ {2}cannot decode .*901\.jpg \(got ".*", expected a complete PNG/,
    /^ {2}.*902\.png is too small \(got 1 x 1, expected at least 8 x 8\)$/,
    /^replace or remove them, or set skipBroken to go on without them$/,
  ]);
  for (let i = 0; i < 9; i++) writeFileSync(join(path, `91${i}.webp`), "bad");
  const more = await read({ path, size: 8 }).catch((error: Error) => error.message);
  t.equal(String(more).match(/^ {2}(cannot|\/|[A-Z]:)/gm)?.length, 10);
  t.match(more, /12 of 15 images .* 3 can:[\s\S]*\n {2}and 2 more\nreplace/);
  for (const name of readdirSync(path))
    if (name.startsWith("9") && name !== "901.jpg") rmSync(join(path, name));
  await t.rejects(
    read({ path, size: 8 }),
    /^datasets: cannot decode .*901\.jpg .*; or set skipBroken to go on with the other 3$/,
  );
});

t.test("with skipBroken the others are used, and a warning counts what is left out", async (t) => {
  const path = t.testdir({ cache: {} });
  const folder = join(path, "images");
  await fill(folder, ["a/1.png", "a/3.png", "b/2.png", "d/4.png"]);
  const good = await read({ path: folder, size: 8, classes: true });
  mkdirSync(join(folder, "c"));
  for (const name of ["a/0.png", "a/2.jpg", "c/1.png"]) writeFileSync(join(folder, name), "bad");
  if (!windows) symlinkSync(join(path, "gone"), join(folder, "d", "5.jpeg"));
  const bad = windows ? 3 : 4;
  const options = {
    path: folder,
    size: 8,
    classes: true,
    skipBroken: true,
    cacheFolder: join(path, "cache"),
  };
  const expected = { count: 4, classes: ["a", "b", "d"] };
  for (const memory of [2 ** 20, 0])
    for (const cache of memory ? [false, true, true] : [true, true]) {
      const set = await imageFolder({ ...options, memory, cache, size: memory ? 8 : 7 });
      t.match(set, expected);
      t.same([...set.labels!], [...good.labels!]);
      t.same(
        [0, 1, 2, 3].map((i) => set.images.at(i)[0]),
        [1, 2, 3, 4].map((_, i) => good.images.at(i)[0]),
      );
      t.equal(set.warnings.length, 2);
      t.match(
        set.warnings[0],
        new RegExp(
          `left out ${bad} of ${bad + 4} images of folder:.* that cannot be used: cannot decode .*0\\.png`,
        ),
      );
      t.match(set.warnings[1], /no image of class c can be used, so it is not a class/);
      set.images.close();
    }
  await t.rejects(
    imageFolder({ ...options, skipBroken: false }),
    /cannot be used, 4 can/,
    "the cache does not hide it",
  );
  for (const name of ["a", "b", "d"]) rmSync(join(folder, name), { recursive: true });
  await t.rejects(read(options), /cannot decode .*c.1\.png/, "nothing would be left");
});

t.test("LSUN: images that cannot be used are listed or left out", async (t) => {
  const path = t.testdir();
  const webp = (value: number) => plain([value, value, value]).webp({ lossless: true }).toBuffer();
  const entries: [string, Buffer][] = [
    ["a", await webp(1)],
    ["b", Buffer.from("bad")],
    ["c", await webp(3)],
    ["d", Buffer.from("<svg ")],
  ];
  writeFileSync(join(path, "data.mdb"), lmdbFile(entries));
  const options = { path, size: 8, cache: false };
  await t.rejects(
    lsun(options),
    /2 of 4 images of lsun:.* 2 can:\n {2}cannot decode image 1 of .*\n {2}cannot decode image 3/,
  );
  const set = await lsun({ ...options, skipBroken: true });
  t.same(
    [0, 1].map((i) => set.images.at(i)[0]),
    [1, 3],
  );
  t.match(set.warnings, [/left out 2 of 4 images of lsun:/]);
});

t.test("endings of browsers, cameras and old systems are known", async (t) => {
  const path = t.testdir();
  await fill(path, ["1.jfif", "2.jpe", "3.JPG", "4.JPEG", "5.pjpeg", "6.WebP"]);
  const set = await read({ path, size: 8 });
  t.equal(set.count, 6);
  t.same(set.warnings, []);
});

t.test("images that are left out because of their names or kinds are counted", async (t) => {
  const path = t.testdir();
  await fill(path, ["1.png", "2", "3.dat", "4.bin"]);
  for (let i = 0; i < 300; i++) writeFileSync(join(path, `${i}.txt`), "a caption");
  writeFileSync(join(path, "README"), "no image");
  writeFileSync(join(path, "IMG_1.HEIC"), Buffer.from("\0\0\0\x1cftypheic\0\0\0\0", "latin1"));
  writeFileSync(join(path, "film.mov"), Buffer.from("\0\0\0\x1cftypqt  \0\0\0\0", "latin1"));
  const { count, warnings } = await read({ path, size: 8 });
  t.equal(count, 1);
  t.equal(warnings.length, 2);
  t.match(
    warnings[0],
    /left out 3 images in .*, because of the ending of the name \(.*3\.dat.*\); rename to \.png/,
  );
  t.match(
    warnings[1],
    /left out 1 image in .* only PNG, JPEG and WebP are read \(IMG_1\.HEIC is a HEIC image\); convert to/,
  );
  rmSync(join(path, "1.png"));
  await t.rejects(
    read({ path, size: 8 }),
    /no images in .* them\. Left out 3 images in .*\. Left out 1 image in .*IMG_1\.HEIC is a HEIC image.*these\.$/,
  );
});

t.test("folders of other things are left out on request, at any depth, and counted", async (t) => {
  const path = t.testdir();
  await fill(path, [
    "1.png",
    "results/one/plots/a.png",
    "results/one/b.png",
    "more/results.png",
    "results/2.png",
  ]);
  writeFileSync(join(path, "results", "one", "report.txt"), "");
  const leaveOut = {
    title: "folders with a report",
    fits: (names: ReadonlySet<string>) => names.has("report.txt"),
  };
  const { count, warnings } = await read({ path, size: 8, leaveOut });
  t.equal(count, 3);
  t.match(warnings, [/^datasets: left out 2 images in .*: they are in folders with a report$/]);
  t.equal((await read({ path, size: 8 })).count, 5, "only on request");
  await t.rejects(
    read({ path: join(path, "results", "one"), size: 8, leaveOut }),
    /no images in .*Left out 2 images in .*: they are in folders with a report/,
  );
});

t.test("thumbnails and what systems leave in folders are skipped and counted", async (t) => {
  const path = t.testdir();
  const hidden = [
    ".thumbnails/1.jpg",
    "a/@eaDir/1.png/SYNOPHOTO_THUMB_M.jpg",
    "__MACOSX/a/._1.png",
    "a/.AppleDouble/1.png",
    "#recycle/old.png",
    "$RECYCLE.BIN/old.png",
    "a/._1.png",
  ];
  await fill(path, ["a/1.png", "b/2.png", ...hidden]);
  for (const name of ["Thumbs.db", ".DS_Store", "a/Thumbs.db"]) writeFileSync(join(path, name), "");
  const set = await read({ path, size: 8, classes: true });
  t.equal(set.count, 2);
  t.same(set.classes, ["a", "b"]);
  t.equal(set.warnings.length, 1);
  t.match(set.warnings[0], /datasets: left out 7 images in .*: hidden, or in a hidden or system folder/);
  t.ok(sameBytes(allBytes(set), allBytes(await read({ path, size: 8 }))));
  for (const name of [
    ".thumbnails",
    "__MACOSX",
    "#recycle",
    "$RECYCLE.BIN",
    "a/@eaDir",
    "a/.AppleDouble",
    "a/._1.png",
  ])
    rmSync(join(path, name), { recursive: true });
  t.same(contents(await read({ path, size: 8, classes: true })), { ...contents(set), warnings: [] });
});
