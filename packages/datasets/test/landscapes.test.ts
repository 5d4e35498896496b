// Crops of landscape photographs, on a small folder of the same layout, and on the real one if it is installed.
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { landscapes, readImage, resizeAndCrop, split } from "@imagefn/datasets";
import sharp from "sharp";
import t from "tap";
import { contents, plain, sameBytes } from "./_tools.js";

const WIDTH = 96;
const HEIGHT = 48;

/** Data of the game with three landscapes: red grows to the right, green downwards, blue tells which one. Returns images/land. */
async function game(path: string): Promise<string> {
  const folder = join(path, "images", "land");
  mkdirSync(folder, { recursive: true });
  for (const [n, name] of ["beach0.jpg", "sea-sfiera.jpg", "valley12.JPG"].entries()) {
    const pixels = Array.from({ length: WIDTH * HEIGHT }, (_, p) => [
      2 * (p % WIDTH),
      4 * Math.floor(p / WIDTH),
      100 * n,
    ]);
    await sharp(Buffer.from(pixels.flat()), { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
      .jpeg({ quality: 100, chromaSubsampling: "4:4:4" })
      .toFile(join(folder, name));
  }
  for (const name of ["nasa0.jpg", "space3.jpg", "station1.jpg", "earthrise.jpg", "note.txt"])
    writeFileSync(join(folder, name), "not a landscape");
  return folder;
}

t.test("landscapes: eight crops of each photograph, chosen by the seed", async (t) => {
  const path = t.testdir();
  const folder = await game(path);
  const set = await landscapes({ path, size: 16, cache: false });
  t.match(set, { name: "landscapes", size: 16, count: 24, classes: [], warnings: [] });
  t.match(set.digest, /^[0-9a-f]{64}$/);
  t.same([...set.groups!].join(""), "012".repeat(8));
  const mean = (i: number, c: number, from = set) =>
    from.images.at(i).reduce((sum, v, p) => sum + (Math.floor(p / 256) === c ? v : 0), 0) / 256;
  const rows = [...Array(24).keys()];
  for (const i of rows) {
    t.ok(Math.abs(mean(i, 2) - 100 * (i % 3)) < 3, `crop ${i} is of its photograph`);
    // The side of a crop, from how far green rises: 4 a pixel of the photograph, from the first row to the last.
    const image = set.images.at(i);
    const side = ((image[2 * 256 - 1] - image[256 + 15]) / 4) * (16 / 15);
    t.ok(side > 30 && side < 50, `crop ${i} is between two thirds of the height and all of it: ${side}`);
  }
  const cut = join(path, "central.png");
  const middle = { left: (WIDTH - HEIGHT) / 2, top: 0, width: HEIGHT, height: HEIGHT };
  await sharp(join(folder, "beach0.jpg")).extract(middle).toFile(cut);
  const central = resizeAndCrop(await readImage(cut), 16);
  t.ok(sameBytes(set.images.at(0), central), "the first crop is the central square");
  t.ok(
    new Set(rows.filter((i) => i % 3 === 0).map((i) => Math.round(mean(i, 0)))).size > 4,
    "at several places",
  );

  t.same(
    contents(await landscapes({ path: folder, size: 16, cache: false })),
    contents(set),
    "either folder",
  );
  const other = await landscapes({ path, size: 16, seed: 1, cache: false });
  t.not(other.digest, set.digest);
  t.ok(sameBytes(other.images.at(2), set.images.at(2)), "the central square");
  t.notOk(sameBytes(other.images.at(3), set.images.at(3)));
  const { train, test } = split(set, 5, 0);
  t.equal(test.count, 8, "one photograph for five images");
  t.notOk(train.groups!.some((group) => test.groups!.includes(group)));
});

t.test("landscapes are kept in the cache until a file changes", async (t) => {
  const path = t.testdir({ cache: {} });
  const folder = await game(path);
  const options = { path, size: 16, cacheFolder: join(path, "cache") };
  const first = await landscapes(options);
  t.same(
    contents(await landscapes({ ...options, onProgress: () => t.fail("built again") })),
    contents(first),
  );
  await plain([1, 2, 3], WIDTH, HEIGHT).jpeg().toFile(join(folder, "beach0.jpg"));
  const second = await landscapes(options);
  t.ok(second.images.at(0)[0] < 9, "drawn again");
  t.not(second.digest, first.digest);
});

t.test("landscapes that are not there, damaged or too small are explained", async (t) => {
  const path = t.testdir({ empty: {} });
  const folder = await game(path);
  const absent =
    /no landscapes of Endless Sky in .*empty \(got no JPEG files .* package endless-sky-data, or use the folder .* as path/;
  await t.rejects(landscapes({ path: join(path, "empty") }), absent);
  await t.rejects(landscapes({ path: join(path, "gone") }), /no landscapes of Endless Sky in .*gone/);
  await t.rejects(landscapes({ path, size: 7 }), /landscapes has a bad size \(got 7, .* from 8 to 240/);
  await t.rejects(landscapes({ path, seed: 0.5 }), /landscapes has a bad seed/);
  await t.resolves(landscapes({ path, size: 32, cache: false }));
  await t.rejects(
    landscapes({ path, size: 33, cache: false }),
    /^datasets: .*beach0\.jpg is too small \(got 96 x 48, expected at least 50 x 50\); use a smaller size/,
  );
  writeFileSync(join(folder, "sea-sfiera.jpg"), "no picture");
  await t.rejects(landscapes({ path, size: 16, cache: false }), {
    message: /^datasets: cannot decode .*sea-sfiera\.jpg \(got "no picture"[^\n]*$/,
  });
  rmSync(folder, { recursive: true });
  await t.rejects(landscapes({ path }), /no landscapes/);
});

const installed = existsSync("/usr/share/games/endless-sky/images/land");
const skip = !installed && "the Debian package endless-sky-data is not installed";

t.test("the landscapes of Debian's package", { skip }, async (t) => {
  const { count } = await landscapes({ listOnly: true });
  t.ok(count >= 8 * 200, `${count} crops`);
});
