// Avatars: the same seed gives the same bytes, and the cache never gives anything else.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AvatarStyle, avatarStyles, avatars, defaultCacheFolder } from "@imagefn/datasets";
import t from "tap";
import { allBytes, contents, sameBytes } from "./_tools.js";

const small = { count: 12, size: 16 } as const;

t.test("the same options give the same bytes, another seed gives others", async (t) => {
  const first = await avatars({ ...small, cache: false });
  t.match(first, { name: "avatars:pixel-art", size: 16, count: 12, classes: [], warnings: [] });
  t.equal(first.labels, undefined);
  const bytes = allBytes(first);
  t.equal(bytes.length, 12 * 3 * 16 * 16);
  t.ok(sameBytes(allBytes(await avatars({ ...small, cache: false })), bytes));
  t.notOk(sameBytes(allBytes(await avatars({ ...small, seed: 1, cache: false })), bytes));
  const longer = await avatars({ ...small, count: 20, cache: false });
  t.ok(
    sameBytes(allBytes(longer).subarray(0, bytes.length), bytes),
    "a larger set starts with the same images",
  );
});

t.test("the pictures are varied and opaque", async (t) => {
  const { images } = await avatars({ count: 200, size: 16, cache: false });
  const seen = new Set<string>();
  const corners = new Set<string>();
  for (let i = 0; i < 200; i++) {
    const image = images.at(i);
    seen.add(image.join());
    corners.add([image[0], image[256], image[512]].join());
  }
  t.ok(seen.size > 190, `${seen.size} different avatars of 200`);
  t.ok(corners.size >= 10, `${corners.size} colours in the corner, where the ten backgrounds show`);
});

t.test("pixel art at a multiple of its grid equals four samples per side, averaged", async (t) => {
  const [fine, coarse] = await Promise.all(
    [128, 32].map(async (size) => allBytes(await avatars({ count: 4, size, cache: false }))),
  );
  const means = coarse.map((_, i) => {
    const x = i % 32;
    const row = Math.floor(i / 32);
    let sum = 8;
    for (let dy = 0; dy < 4; dy++)
      for (let dx = 0; dx < 4; dx++) sum += fine[(4 * row + dy) * 128 + 4 * x + dx];
    return sum >> 4;
  });
  t.ok(sameBytes(coarse, means));
});

t.test("every style draws, and is a class", async (t) => {
  const styles = Object.keys(avatarStyles) as AvatarStyle[];
  const set = await avatars({ styles, count: styles.length + 1, size: 16, cache: false });
  t.same(set.classes, styles);
  t.same([...set.labels!], [...styles.keys(), 0]);
  styles.forEach((style, i) => {
    const values = new Set(set.images.at(i));
    t.ok(values.size > 8, `${style} is a picture`);
  });
});

t.test("a second call is answered from the cache, with the same set", async (t) => {
  const cacheFolder = join(t.testdir(), "not", "there", "yet");
  const styles = ["thumbs", "pixel-art"] as const;
  const progress: [number, number][] = [];
  const built = await avatars({ ...small, styles, cacheFolder, onProgress: (...p) => progress.push(p) });
  t.same(progress.at(-1), [12, 12]);
  t.equal(progress.length, 12);
  const again = await avatars({ ...small, styles, cacheFolder, onProgress: () => t.fail("built again") });
  t.same(contents(again), contents(built));
  t.equal(readdirSync(cacheFolder).length, 1, "one file, nothing temporary left");
  await avatars({ ...small, styles, seed: 1, cacheFolder });
  t.equal(readdirSync(cacheFolder).length, 2, "other options, another file");
});

t.test("a damaged cache is rebuilt in silence", async (t) => {
  const cacheFolder = t.testdir();
  const built = await avatars({ ...small, cacheFolder });
  const file = join(cacheFolder, readdirSync(cacheFolder)[0]);
  const whole = readFileSync(file);
  const flipped = (at: number) => {
    const copy = Buffer.from(whole);
    copy[at] ^= 0x10;
    return copy;
  };
  const damages: Record<string, Buffer> = {
    empty: Buffer.alloc(0),
    "cut in the prefix": whole.subarray(0, 20),
    "cut in the header": whole.subarray(0, 60),
    "cut in the images": whole.subarray(0, whole.length - 1),
    "longer than it should be": Buffer.concat([whole, Buffer.from([0])]),
    "another magic": flipped(0),
    "another format version": flipped(8),
    "a huge header length": flipped(15),
    "a damaged checksum": flipped(20),
    "a damaged header": flipped(50),
    "a damaged count": Buffer.from(whole.toString("latin1").replace('"count":12', '"count":99'), "latin1"),
    "one damaged pixel": flipped(whole.length - 100),
    "another file altogether": Buffer.from("not a cache".repeat(1000)),
  };
  for (const [name, damaged] of Object.entries(damages)) {
    t.notOk(sameBytes(damaged, whole));
    writeFileSync(file, damaged);
    let rebuilt = false;
    const set = await avatars({ ...small, cacheFolder, onProgress: () => (rebuilt = true) });
    t.ok(rebuilt, `${name}: built again`);
    t.same(contents(set), contents(built), `${name}: the right set, no warning`);
    t.ok(sameBytes(readFileSync(file), whole), `${name}: the file is whole again`);
  }
});

t.test("without a cache that can be written the set comes with a warning", async (t) => {
  const folder = t.testdir({ file: "in the way" });
  const set = await avatars({ ...small, cacheFolder: join(folder, "file", "cache") });
  t.equal(set.warnings.length, 1);
  t.match(set.warnings[0], /cache could not be written .* set IMAGEFN_CACHE/);
  t.ok(sameBytes(allBytes(set), allBytes(await avatars({ ...small, cache: false }))));

  // Node's recursive mkdir never returns here.
  if (existsSync("/proc"))
    t.equal((await avatars({ ...small, cacheFolder: "/proc/a/b" })).warnings.length, 1);

  await avatars({ ...small, cacheFolder: folder });
  const name = readdirSync(folder).find((entry) => entry.endsWith(".bin"))!;
  rmSync(join(folder, name));
  mkdirSync(join(folder, name, "full"), { recursive: true });
  t.equal(
    (await avatars({ ...small, cacheFolder: folder })).warnings.length,
    1,
    "a folder where the file should be",
  );
  t.same(readdirSync(folder).sort(), [name, "file"].sort(), "nothing temporary left behind");
});

t.test("the default cache folder follows the system", async (t) => {
  t.equal(defaultCacheFolder({ IMAGEFN_CACHE: "here", XDG_CACHE_HOME: "/x" }, "linux"), "here");
  t.equal(defaultCacheFolder({ XDG_CACHE_HOME: "/x" }, "linux"), join("/x", "imagefn"));
  t.match(defaultCacheFolder({ XDG_CACHE_HOME: "relative" }, "linux"), /\.cache.imagefn$/);
  t.match(defaultCacheFolder({}, "darwin"), /Library.Caches.imagefn$/);
  t.equal(defaultCacheFolder({ LOCALAPPDATA: "/l" }, "win32"), join("/l", "imagefn", "Cache"));
});

t.test("bad options are refused", async (t) => {
  const styles = ["pixelart" as AvatarStyle];
  await t.rejects(avatars({ styles }), /unknown avatar style \(got "pixelart", expected one of pixel-art, /);
  await t.rejects(avatars({ styles: [] }), /needs a style \(got an empty list/);
  await t.rejects(avatars({ styles: ["thumbs", "thumbs"] }), /"thumbs" is given twice/);
  await t.rejects(avatars({ count: 0 }), /bad count \(got 0, expected an integer from 1/);
  await t.rejects(avatars({ size: 4 }), /bad size \(got 4, expected an integer from 8 to 512/);
  await t.rejects(avatars({ seed: 0.5 }), /bad seed/);
});
