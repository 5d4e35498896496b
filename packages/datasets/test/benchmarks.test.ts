// CIFAR-10 and CelebA as they are unpacked: their splits, and files that are not what they should be.
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type CelebaOptions, celeba, cifar10, readImage, resizeAndCrop } from "@imagefn/datasets";
import sharp from "sharp";
import t from "tap";
import { noisy, plain } from "./_tools.js";

/** One record: a label, then 3072 bytes counted up from `start`. */
function record(label: number, start: number): Buffer {
  return Buffer.from([label, ...Array.from({ length: 3072 }, (_, i) => (start + i) % 256)]);
}

function batches(): Record<string, Buffer> {
  const files = [1, 2, 3, 4, 5].map((n) => [
    `data_batch_${n}.bin`,
    Buffer.concat([record(n, n), record(9, 10 * n)]),
  ]);
  return { ...Object.fromEntries(files), "test_batch.bin": record(0, 77) };
}

t.test("CIFAR-10: reads the training and the test images", async (t) => {
  const path = t.testdir(batches());
  const train = await cifar10({ path });
  t.match(train, { name: "cifar10", size: 32, count: 10, warnings: [] });
  t.same([...train.labels!], [1, 9, 2, 9, 3, 9, 4, 9, 5, 9]);
  t.same(Buffer.from(train.images.at(3)), record(9, 20).subarray(1));
  t.equal(train.classes.length, 10);
  t.equal(train.classes[9], "truck");
  const test = await cifar10({ path, train: false });
  t.match(test, { name: "cifar10:test", count: 1 });
  t.same(Buffer.from(test.images.at(0)), record(0, 77).subarray(1));
  t.same([...test.labels!], [0]);
});

t.test("CIFAR-10: finds the folder that the archive unpacks to", async (t) => {
  const path = t.testdir({ "cifar-10-batches-bin": batches() });
  t.equal((await cifar10({ path })).count, 10);
});

t.test("CIFAR-10: says what is wrong with the files", async (t) => {
  await t.rejects(cifar10({ path: join(t.testdir(), "nowhere") }), /no CIFAR-10 in .*nowhere/);
  const { "data_batch_4.bin": _, ...incomplete } = batches();
  const missing = t.testdir(incomplete);
  await t.rejects(cifar10({ path: missing }), /incomplete: cannot read .*data_batch_4\.bin/);
  t.equal(
    (await cifar10({ path: missing, train: false })).count,
    1,
    "only the files that are needed are read",
  );

  const path = t.testdir(batches());
  const third = join(path, "data_batch_3.bin");
  writeFileSync(third, record(3, 0).subarray(0, 3000));
  await t.rejects(
    cifar10({ path }),
    /data_batch_3\.bin has a bad length \(got 3000 bytes, expected a multiple of 3073, 30730000 in the original\)/,
  );
  writeFileSync(third, "");
  await t.rejects(cifar10({ path }), /data_batch_3\.bin has a bad length \(got 0 bytes/);
  writeFileSync(third, Buffer.concat([record(9, 0), Buffer.from([1])]));
  await t.rejects(cifar10({ path }), /data_batch_3\.bin has a bad length \(got 3074 bytes/, "too long");
  writeFileSync(join(path, "test_batch.bin"), record(3, 0).subarray(1));
  await t.rejects(cifar10({ path, train: false }), /test_batch\.bin has a bad length \(got 3072 bytes/);
  writeFileSync(third, Buffer.concat([record(9, 0), record(10, 0)]));
  await t.rejects(
    cifar10({ path }),
    /data_batch_3\.bin is not CIFAR-10 \(got label 10 in record 1, expected 0 to 9\)/,
  );
});

const photographs = ["000001.jpg", "000002.jpg", "000003.jpg", "000004.jpg", "000005.jpg"];
const LIST = "000001.jpg 0\n000002.jpg 0\n000003.jpg 1\n000004.jpg 2\n000005.jpg 0\n";

/** CelebA of five grey photographs, of which each is as bright as its number, but for the first one: noise. */
async function photographsIn(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const [i, name] of photographs.entries()) {
    const image = i === 0 ? noisy(178, 218) : plain([10 * i, 10 * i, 10 * i], 178, 218);
    await image.jpeg({ quality: 95 }).toFile(join(folder, name));
  }
}

const faces = (options: CelebaOptions) => celeba({ cache: false, ...options });

t.test("CelebA: reads the official split, in the order of the list", async (t) => {
  const path = t.testdir({ "list_eval_partition.txt": LIST });
  await photographsIn(join(path, "img_align_celeba"));
  const brightness = async (split: "train" | "val" | "test") => {
    const set = await faces({ path, size: 16, split });
    t.match(set, { name: `celeba:${split}`, size: 16, classes: [], warnings: [] });
    return Array.from({ length: set.count }, (_, i) => set.images.at(i)[0]);
  };
  t.same((await brightness("train")).slice(1), [10, 40]);
  t.same(await brightness("val"), [20]);
  t.same(await brightness("test"), [30]);
});

t.test("CelebA: both crops are the right pixels", async (t) => {
  const path = t.testdir({ "list_eval_partition.txt": LIST });
  await photographsIn(join(path, "img_align_celeba"));
  const file = join(path, "img_align_celeba", photographs[0]);
  const areas = {
    center: { left: 0, top: 20, width: 178, height: 178 },
    face: { left: 25, top: 57, width: 128, height: 128 },
  };
  for (const crop of ["center", "face"] as const) {
    const area = await sharp(file).extract(areas[crop]).png().toBuffer();
    writeFileSync(join(path, "area.png"), area);
    const square = await readImage(join(path, "area.png"));
    const { width: side } = square;
    t.same((await faces({ path, size: side, crop })).images.at(0), square.data, `${crop} at its own size`);
    t.same((await faces({ path, size: 64, crop })).images.at(0), resizeAndCrop(square, 64), `${crop} at 64`);
  }
});

t.test("CelebA: found as people unpack it, and kept in the cache", async (t) => {
  const root = t.testdir({ cache: {} });
  await photographsIn(join(root, "images"));
  let images = join(root, "images");
  const csv = `image_id,partition\r\n${LIST.replaceAll(" ", ",").replaceAll("\n", "\r\n")}`;
  for (const [n, folder, list, text] of [
    [0, "img_align_celeba/img_align_celeba", "list_eval_partition.csv", csv],
    [1, "Img/img_align_celeba", "Eval/list_eval_partition.txt", LIST],
    [2, ".", "list_eval_partition.txt", LIST],
  ] as const) {
    const path = join(root, String(n));
    const place = join(path, folder);
    mkdirSync(dirname(place), { recursive: true });
    renameSync(images, place);
    images = place;
    mkdirSync(dirname(join(path, list)), { recursive: true });
    writeFileSync(join(path, list), text);
    t.equal((await faces({ path, size: 16 })).count, 3, folder);
  }
  const options = { path: images, size: 8, cacheFolder: join(root, "cache") };
  const set = await celeba(options);
  for (const name of photographs) rmSync(join(images, name));
  const again = await celeba({ ...options, onProgress: () => t.fail("decoded again") });
  t.same(again.images.at(0), set.images.at(0), "without the photographs");
  await t.rejects(
    celeba({ ...options, size: 9 }),
    /CelebA is incomplete \(got 0 of 3 images of the train split/,
  );
});

t.test("CelebA: says what is wrong with the files", async (t) => {
  const path = t.testdir();
  const images = join(path, "img_align_celeba");
  await photographsIn(images);
  const read = () => faces({ path, size: 64 });
  const list = join(path, "list_eval_partition.txt");
  await t.rejects(read(), /no CelebA in .* \(got no list_eval_partition\.txt there or in Eval/);
  writeFileSync(list, "hello\nworld\n");
  await t.rejects(
    read(),
    /is not the split of CelebA \(got "hello" in line 1, expected a file name and 0, 1 or 2/,
  );
  writeFileSync(list, "../../000001.jpg 0\n");
  await t.rejects(read(), /is not the split of CelebA/, "no way out of the folder");
  writeFileSync(list, "000003.jpg 1\n");
  await t.rejects(read(), /has no images of the train split/);
  writeFileSync(list, LIST);

  rmSync(join(images, "000002.jpg"));
  await t.rejects(
    read(),
    /CelebA is incomplete \(got 2 of 3 images of the train split in .*img_align_celeba, the first one missing is 000002\.jpg\)/,
  );
  t.equal((await faces({ path, size: 64, split: "val" })).count, 1, "other parts of the split can be read");
  await plain([1, 2, 3], 178, 200).jpeg().toFile(join(images, "000002.jpg"));
  await t.rejects(
    read(),
    /000002\.jpg is not an aligned image of CelebA \(got 178 x 200, expected 178 x 218\)/,
  );
  writeFileSync(join(images, "000002.jpg"), "no image");
  await t.rejects(read(), /cannot decode .*000002\.jpg/);
  await t.rejects(faces({ path, size: 179 }), /bad size \(got 179, expected an integer from 1 to 178\)/);
  await t.rejects(faces({ path, size: 129, crop: "face" }), /bad size \(got 129, .* 1 to 128\)/);
  await t.rejects(
    faces({ path, size: 8, crop: "nose" as "face" }),
    /bad crop \(got "nose", expected center, face\)/,
  );
  await t.rejects(
    faces({ path, size: 8, split: "all" as "val" }),
    /bad split \(got "all", expected train, val, test\)/,
  );
});
