// Larger versions of the images of a set: crops by value, pictures of several sizes, and what is refused.
import { join } from "node:path";
import {
  avatars,
  type CropOptions,
  type Dataset,
  imageFolder,
  readCrop,
  readImage,
  resizeAndCrop,
  split,
  withLarger,
} from "@imagefn/datasets";
import t from "tap";
import { noisy, planar, sameBytes } from "./_tools.js";

t.test("a crop of an image, and of the image made smaller", async (t) => {
  const { data } = planar(8, 8, (c, y, x) => 60 * c + 7 * y + x);
  const read = (whole: number, top: number, left: number, more: Partial<CropOptions> = {}) =>
    [...readCrop({ side: 8, data }, { whole, size: 2, top, left, ...more }, new Float32Array(12))].map((v) =>
      Number(((v + 1) * 127.5).toFixed(3)),
    );
  const block = (...values: number[]) => [0, 60, 120].flatMap((c) => values.map((v) => v + c));
  t.same(read(8, 5, 3), block(38, 39, 45, 46));
  // Blocks of 2 x 2: the mean is half a row and half a column on.
  t.same(read(4, 1, 2), block(14 + 3.5 + 4.5, 14 + 3.5 + 6.5, 28 + 3.5 + 4.5, 28 + 3.5 + 6.5));
  t.same(read(2, 0, 0), block(10.5 + 1.5, 10.5 + 5.5, 38.5 + 1.5, 38.5 + 5.5));
  t.same(read(8, 5, 3, { flip: true }), block(39, 38, 46, 45), "columns 3 and 4 from the right");
  t.same(read(8, 2, 1, { step: 4 }), block(15, 19, 43, 47), "rows 2 and 6, columns 1 and 5");
  t.same(read(8, 2, 1, { step: 4, flip: true }), block(20, 16, 48, 44), "columns 6 and 2");
});

t.test("halving once more gives the image that is there at the smaller size", async (t) => {
  const [small, large] = [16, 64].map((size) => avatars({ count: 3, size, cache: false }));
  const set = withLarger(await small, await large);
  const whole = new Float32Array(3 * 16 * 16);
  for (let i = 0; i < 3; i++) {
    const { side, data } = set.larger!.at(i);
    t.equal(side, 64);
    readCrop({ side, data }, { whole: 16, size: 16, top: 0, left: 0 }, whole);
    const off = Math.max(...set.images.at(i).map((v, k) => Math.abs(v - (whole[k] + 1) * 127.5)));
    t.ok(off <= 1, `off by ${off} of 255`);
  }
  const { train, test } = split(set, 1, 0);
  for (const part of [train, test])
    for (let i = 0; i < part.count; i++) {
      const at = [0, 1, 2].find((k) => sameBytes(set.images.at(k), part.images.at(i)))!;
      t.ok(sameBytes(set.larger!.at(at).data, part.larger!.at(i).data));
    }
});

t.test("pictures of a folder keep as many pixels as they have", async (t) => {
  const home = t.testdir({ pictures: {}, small: {} });
  const [path, small] = ["pictures", "small"].map((name) => join(home, name));
  const sides = [
    [16, 16],
    [20, 41],
    [9, 30],
    [33, 40],
    [70, 33],
    [8, 8],
  ];
  const names = sides.map((_, i) => join(path, `${i}.png`));
  for (const [i, [width, height]] of sides.entries()) await noisy(width, height).png().toFile(names[i]);
  const options = { path, size: 8, detail: 32, cacheFolder: join(home, "cache") };
  const check = async ({ larger, images, size }: Dataset) => {
    t.equal(larger!.side, 32);
    for (const [i, side] of [16, 16, 8, 32, 32, 8].entries()) {
      const own = larger!.at(i);
      t.equal(own.side, side, `picture ${i}`);
      t.ok(sameBytes(own.data, resizeAndCrop(await readImage(names[i]), side)));
      t.ok(sameBytes(images.at(i), resizeAndCrop(await readImage(names[i]), size)));
    }
    larger!.close();
  };
  let made = 0;
  await check(await imageFolder({ ...options, onProgress: () => made++ }));
  t.ok(made > 0);
  made = 0;
  await check(await imageFolder({ ...options, onProgress: () => made++ }));
  t.equal(made, 0, "the second time from the cache");
  await check(await imageFolder({ ...options, memory: 0 }));

  const listed = await imageFolder({ ...options, listOnly: true });
  t.equal(listed.larger!.side, 32);
  t.throws(() => listed.larger!.at(0), /was only listed/);

  await t.rejects(
    imageFolder({ ...options, size: 40, detail: 80 }),
    /too small \(got 16 x 16, expected at least 40/,
  );
  await t.rejects(
    imageFolder({ ...options, detail: 24 }),
    /bad side \(got 24, expected 8 times a power of two, such as 32\)/,
  );
  await t.rejects(imageFolder({ ...options, skipBroken: true }), /takes detail without skipBroken/);
  await noisy(15, 30).png().toFile(join(small, "a.png"));
  await t.rejects(
    imageFolder({ ...options, path: small }),
    /no picture in .* has 16 x 16 pixels \(detail is 32\)/,
  );
});

t.test("two sets that do not belong together are refused", async (t) => {
  const of = (count: number, size: number) => avatars({ count, size, cache: false });
  const small = await of(2, 8);
  t.throws(
    () => withLarger(small, small),
    /withLarger has a bad side \(got 8, expected 8 times a power of two/,
  );
  const [three, other] = [await of(3, 16), await of(2, 24)];
  t.throws(() => withLarger(small, three), /two sets of the same images \(got 2 at 8 pixels and 3 at 16\)/);
  t.throws(() => withLarger(small, other), /bad side \(got 24/);
});
