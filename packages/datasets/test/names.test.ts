// Names of files, folders and classes that try to pass for output: no message prints them as they are.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type AvatarStyle,
  avatars,
  type CelebaOptions,
  celeba,
  cifar10,
  type Dataset,
  emoji,
  imageFolder,
  imagesInMemory,
  landscapes,
  listImages,
  lsun,
  mnist,
  readBatch,
  readImage,
  readLabels,
} from "@imagefn/datasets";
import t from "tap";
import { plain } from "./_tools.js";

const HOSTILE = "\u001b[2Jx\r\nimagefn: done\u202e";
const skip = process.platform === "win32" && "Windows has no such names";

t.test("errors show hostile names with escapes", { skip }, async (t) => {
  const path = join(t.testdir(), HOSTILE);
  const image = join(path, `${HOSTILE}.png`);
  mkdirSync(path);
  const named = async (what: string, work: () => unknown) => {
    const message = await Promise.resolve()
      .then(work)
      .then(
        () => undefined,
        (error: Error) => error.message,
      );
    t.match(message, /^datasets: /, what);
    t.match(message, "\\u001b[2Jx\\r\\nimagefn: done\\u202e", what);
    t.notMatch(message, /\p{Cc}|\u202e/u, what);
  };
  const images = imagesInMemory(new Uint8Array(0), 2);
  const set: Dataset = { name: HOSTILE, size: 2, count: 0, classes: [], images, warnings: [] };
  await named("an empty folder", () => imageFolder({ path, size: 8 }));
  await named("no folder", () => listImages(join(path, "gone")));
  await named("no file", () => readImage(image));
  await named("no CelebA", () => celeba({ path, size: 8 }));
  await named("no CIFAR-10", () => cifar10({ path }));
  await named("no LSUN", () => lsun({ path, size: 8 }));
  await named("no digits", () => mnist({ path }));
  await named("no emoji", () => emoji({ path }));
  await named("no landscapes", () => landscapes({ path }));
  await named("an unknown style", () => avatars({ styles: [HOSTILE as AvatarStyle] }));
  await named("an unknown crop", () => celeba({ path, size: 8, crop: HOSTILE as CelebaOptions["crop"] }));
  await named("no place for the cache", () =>
    avatars({ count: 1, size: 8, memory: 0, cacheFolder: join(image, "cache"), cache: false }),
  );
  await named("no such image", () => readBatch(set, [0]));
  await named("no classes", () => readLabels(set, [0]));
  for (const name of ["data.mdb", "list_eval_partition.txt", "test_batch.bin"])
    writeFileSync(join(path, name), `${HOSTILE}\n`);
  await named("not LMDB", () => lsun({ path, size: 8 }));
  await named("not the list of CelebA", () => celeba({ path, size: 8 }));
  await named("not CIFAR-10", () => cifar10({ path, train: false }));
  writeFileSync(image, "no image");
  await named("a bad image", () => imageFolder({ path, size: 8, cache: false }));
  await plain([1, 2, 3], 4, 4).png().toFile(image);
  await named("a small image", () => imageFolder({ path, size: 8, cache: false }));
  await named("no class", () => imageFolder({ path, size: 4, classes: true, cache: false }));
  const { name } = await imageFolder({ path, size: 4, cache: false });
  t.notMatch(name, /\p{Cc}|\u202e/u, "names of data sets are for logs");
});

t.test("warnings show hostile names with escapes, classes keep them", { skip }, async (t) => {
  const path = t.testdir();
  for (const name of [HOSTILE, `${HOSTILE}2`]) mkdirSync(join(path, name));
  await plain([1, 2, 3])
    .png()
    .toFile(join(path, HOSTILE, "1.png"));
  const file = join(path, "file");
  writeFileSync(file, "");
  const cacheFolder = join(file, HOSTILE);
  const { classes, warnings } = await imageFolder({ path, size: 8, classes: true, cacheFolder });
  t.same(classes, [HOSTILE]);
  t.equal(warnings.length, 2, "an empty class, and no cache");
  t.notMatch(warnings.join(), /\p{Cc}|\u202e/u);
});
