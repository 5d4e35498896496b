// A set that is only listed: its images are found and counted, and nothing is made of them.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { avatars, imageFolder } from "@imagefn/datasets";
import t from "tap";

t.test("listed sets have counts, classes and digests of loaded ones, but no images", async (t) => {
  const cacheFolder = join(t.testdir(), "cache");
  const asked = { styles: ["pixel-art", "thumbs"], count: 6, size: 8, cacheFolder } as const;
  let calls = 0;
  const listed = await avatars({ ...asked, listOnly: true, onProgress: () => calls++ });
  t.equal(calls, 0, "nothing was drawn");
  t.notOk(existsSync(cacheFolder), "nothing was stored");
  t.throws(() => listed.images.at(0), /avatars:pixel-art\+thumbs was only listed/);
  const { images: _, ...description } = listed;
  const { images: __, ...loaded } = await avatars(asked);
  t.same(description, loaded);
});

t.test("files are not read", async (t) => {
  const path = t.testdir();
  for (const name of ["1.png", "2.jpg"]) writeFileSync(join(path, name), "not a picture");
  const cacheFolder = join(path, "cache");
  const { count } = await imageFolder({ path, size: 8, cacheFolder, listOnly: true });
  t.equal(count, 2);
  await t.rejects(imageFolder({ path, size: 8, cacheFolder }), /1\.png/);
});
