// The digest of a data set: it changes with the images, their order, labels and split, and with nothing else.
import { cpSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { avatars, celeba, cifar10, type Dataset, imageFolder, lsun, mnist, split } from "@imagefn/datasets";
import t from "tap";
import { lmdbFile } from "./_lmdb.js";
import { plain, tiny } from "./_tools.js";

const digest = async (set: Dataset | Promise<Dataset>) => {
  const found = (await set).digest;
  t.match(found, /^[0-9a-f]{64}$/);
  return found;
};

async function folderOf(path: string, names: string[]): Promise<void> {
  for (const [i, name] of names.entries()) {
    mkdirSync(join(path, name, ".."), { recursive: true });
    await plain([i, 2 * i, 3 * i], 8 + i, 8)
      .png()
      .toFile(join(path, name));
  }
}

t.test("a folder: names, sizes and classes count, place and time do not", async (t) => {
  const root = t.testdir({ cache: {} });
  const path = join(root, "images");
  await folderOf(path, ["a/1.png", "a/2.png", "b/3.png", "c/4.png"]);
  const options = { path, size: 8, classes: true, cacheFolder: join(root, "cache") };
  const first = await digest(imageFolder(options));
  t.equal(await digest(imageFolder(options)), first, "from the cache");
  t.equal(await digest(imageFolder({ ...options, memory: 0 })), first, "from its file");
  cpSync(path, join(root, "copy"), { recursive: true });
  utimesSync(join(root, "copy", "a", "1.png"), 1, 1);
  t.equal(
    await digest(imageFolder({ ...options, path: join(root, "copy") })),
    first,
    "elsewhere, at another time",
  );

  const changed = async (what: string, change: (folder: string) => void, more = {}) => {
    const folder = join(root, "changed");
    cpSync(path, folder, { recursive: true });
    change(folder);
    t.not(await digest(imageFolder({ ...options, path: folder, ...more })), first, what);
    rmSync(folder, { recursive: true });
  };
  await changed("a renamed class", (folder) => renameSync(join(folder, "a"), join(folder, "zebra")));
  await changed("a file added", (folder) => cpSync(join(folder, "a", "1.png"), join(folder, "a", "1b.png")));
  await changed("a file removed", (folder) => rmSync(join(folder, "c", "4.png")));
  await changed("a file in another class", (folder) =>
    renameSync(join(folder, "a", "2.png"), join(folder, "b", "2.png")),
  );
  await changed("another file of the same name", (folder) =>
    cpSync(join(folder, "b", "3.png"), join(folder, "a", "1.png")),
  );
  await changed("no classes", () => {}, { classes: false });
  await changed("another size", () => {}, { size: 7 });

  writeFileSync(join(path, "a", "0.png"), "bad");
  t.equal(
    await digest(imageFolder({ ...options, skipBroken: true })),
    first,
    "an image that is left out is as if it were not there",
  );
});

t.test("a split: the parts' digests change with the images in them", async (t) => {
  const path = t.testdir();
  await folderOf(path, ["1.png", "2.png", "3.png", "4.png", "5.png", "6.png"]);
  const load = () => imageFolder({ path, size: 8, cache: false });
  const whole = await load();
  const { train, test } = split(whole, 2, 0);
  t.equal(new Set([whole.digest, await digest(train), await digest(test)]).size, 3);
  const again = split(await load(), 2, 0);
  t.same([again.train.digest, again.test.digest], [train.digest, test.digest]);
  const other = split(whole, 2, 1);
  t.not(other.test.digest, test.digest, "another seed");
  t.not(split(whole, 3, 0).train.digest, train.digest, "another number");
  cpSync(join(path, "1.png"), join(path, "2b.png"));
  const moved = split(await load(), 2, 0);
  t.not(moved.train.digest, train.digest, "a file added");
  t.not(moved.test.digest, test.digest);
  t.equal(split(tiny(4), 1, 0).test.digest, undefined, "none where the set has none");
});

t.test("drawn images: their parameters", async (t) => {
  const at = { count: 4, size: 8, seed: 3, styles: ["pixel-art", "thumbs"], cache: false } as const;
  const first = await digest(avatars(at));
  t.equal(await digest(avatars({ ...at, memory: 0, cache: true, cacheFolder: t.testdir() })), first);
  const others = [
    { count: 5 },
    { size: 16 },
    { seed: 4 },
    { styles: ["thumbs", "pixel-art"] },
    { styles: ["thumbs"] },
  ];
  for (const other of others)
    t.not(await digest(avatars({ ...at, ...(other as object) })), first, JSON.stringify(other));
});

t.test("benchmarks and packages have one too", async (t) => {
  const path = t.testdir({ mnist: { src: { digits: {} } } });
  const record = Buffer.alloc(3073);
  writeFileSync(join(path, "test_batch.bin"), record);
  const cifar = () => digest(cifar10({ path, train: false }));
  const none = await cifar();
  t.equal(await cifar(), none);
  record[0] = 1;
  writeFileSync(join(path, "test_batch.bin"), record);
  t.not(await cifar(), none, "another label");

  const photograph = await plain([1, 2, 3], 178, 218).jpeg().toBuffer();
  for (const name of ["1.jpg", "2.jpg"]) writeFileSync(join(path, name), photograph);
  const faces = (list: string, more = {}) => {
    writeFileSync(join(path, "list_eval_partition.txt"), list);
    return digest(celeba({ path, size: 16, cache: false, ...more }));
  };
  const two = await faces("1.jpg 0\n2.jpg 0\n");
  t.equal(await faces("1.jpg 0\r\n2.jpg 0\r\n"), two, "the same names");
  t.not(await faces("2.jpg 0\n1.jpg 0\n"), two, "another order");
  t.not(await faces("1.jpg 0\n2.jpg 1\n"), two);
  t.not(await faces("1.jpg 0\n2.jpg 0\n", { crop: "face" }), two);

  const webp = await plain([1, 2, 3]).webp().toBuffer();
  writeFileSync(
    join(path, "data.mdb"),
    lmdbFile([
      ["a", webp],
      ["b", webp],
    ]),
  );
  const scenes = await digest(lsun({ path, size: 8, cache: false }));
  t.equal(await digest(lsun({ path, size: 8, cache: false, limit: 2 })), scenes, "all of them");
  t.not(await digest(lsun({ path, size: 8, cache: false, limit: 1 })), scenes);

  const digits = join(path, "mnist");
  writeFileSync(join(digits, "package.json"), JSON.stringify({ name: "mnist", version: "1.1.0" }));
  for (let digit = 0; digit < 10; digit++)
    writeFileSync(
      join(digits, "src", "digits", `${digit}.json`),
      JSON.stringify({ data: Array(784).fill(0) }),
    );
  t.not(
    await digest(mnist({ path: digits, cache: false })),
    await digest(mnist({ path: digits, cache: false, size: 16 })),
  );
});
