// Packed files: sets too large for memory, what is damaged in them, and what a killed process leaves.
import { once } from "node:events";
import { readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { avatars, split } from "@imagefn/datasets";
import t from "tap";
import { child, reportOf } from "./_run.js";
import { allBytes, contents, sameBytes } from "./_tools.js";

const drawn = { count: 40, size: 16, memory: 0 } as const;
const IMAGE = 3 * 16 * 16;

t.test("a set above the limit is read from its file, image by image", async (t) => {
  const cacheFolder = t.testdir();
  const styles = ["pixel-art", "thumbs"] as const;
  const held = await avatars({ count: 40, size: 16, styles, cache: false });
  const progress: [number, number][] = [];
  const set = await avatars({ ...drawn, styles, cacheFolder, onProgress: (...p) => progress.push(p) });
  t.same(contents(set), contents(held));
  t.same(progress.at(-1), [40, 40]);
  t.equal(set.images.at(3).buffer, set.images.at(4).buffer, "the images come in the same memory");
  t.notOk(held.images.at(3) === held.images.at(4));
  const again = await avatars({ ...drawn, styles, cacheFolder, onProgress: () => t.fail("built again") });
  const { train, test } = split(again, 7, 0);
  const parts = split(held, 7, 0);
  t.same(contents(train), contents(parts.train));
  t.same(contents(test), contents(parts.test));
  t.equal(readdirSync(cacheFolder).length, 1);

  const small = await avatars({ ...drawn, memory: 40 * IMAGE, styles, cacheFolder });
  t.same(contents(small), contents(held), "the same file, into memory");
  again.images.close();
  again.images.close();
  t.throws(() => test.images.at(0), /the images in .*bin are closed/);
  t.ok(sameBytes(allBytes(set), allBytes(held)), "others that read the file go on");
});

t.test("without a place for its file a large set is an error that says what it needs", async (t) => {
  const folder = t.testdir({ file: "in the way" });
  const nowhere = avatars({ ...drawn, cacheFolder: join(folder, "file", "cache") });
  await t.rejects(
    nowhere,
    /no place for avatars:pixel-art \(.*\): 40 images at 16 x 16 .* need 30720 bytes of disk space .* set IMAGEFN_CACHE to a folder/,
  );
  await t.rejects(avatars({ ...drawn, cache: false }), /no place for .* \(the cache is turned off\)/);
  const huge = avatars({ count: 2 ** 24, size: 512, cacheFolder: join(folder, "cache") });
  await t.rejects(huge, /\(only .* of disk space free\): 16777216 images at 512 x 512 .* need 13194\.14 GB/);
  t.same(readdirSync(join(folder, "cache")), [], "nothing is left");
  await t.rejects(avatars({ ...drawn, memory: -1 }), /bad memory \(got -1, expected a number from 0/);
});

t.test("a damaged image is found when it is read, and only it is built again", async (t) => {
  const cacheFolder = t.testdir();
  const whole = contents(await avatars({ ...drawn, cacheFolder }));
  const [name] = readdirSync(cacheFolder);
  const file = join(cacheFolder, name);
  const bytes = readFileSync(file);
  const record = (i: number) => bytes.length - (40 - i) * (IMAGE + 4);

  const mended = async (damage: () => void, built: number[][]) => {
    damage();
    const progress: number[][] = [];
    const set = await avatars({ ...drawn, cacheFolder, onProgress: (...p) => progress.push(p) });
    t.same(contents(set), whole);
    t.same(progress, built);
    t.same(readdirSync(cacheFolder), [name], "one file, nothing unfinished");
    t.ok(sameBytes(readFileSync(file), bytes));
  };

  const flipped = Buffer.from(bytes);
  flipped[record(7) + 100] ^= 1;
  flipped[record(9) + IMAGE] ^= 1;
  writeFileSync(file, flipped);
  const set = await avatars({ ...drawn, cacheFolder, onProgress: () => t.fail("the head is whole") });
  t.equal(set.images.at(6).length, IMAGE);
  t.throws(
    () => set.images.at(7),
    /image 7 in .*bin is damaged .* start again to rebuild the damaged images/,
  );
  t.notOk(readdirSync(cacheFolder).includes(name), "it is no longer taken for whole");
  await mended(() => {}, [
    [39, 40],
    [40, 40],
  ]);
  await mended(
    () => truncateSync(file, record(38) + 5),
    [
      [39, 40],
      [40, 40],
    ],
  );
  await mended(() => writeFileSync(file, Buffer.from(bytes).fill(0, 0, 8)), []);
  await mended(
    () => writeFileSync(file, Buffer.from(bytes).fill("x", 60, 61)),
    Array.from({ length: 40 }, (_, i) => [i + 1, 40]),
  );
});

t.test("what a killed process has made is gone on with", async (t) => {
  const cacheFolder = t.testdir();
  const killed = child("draw", cacheFolder);
  for await (const line of createInterface({ input: killed.stdout! })) {
    if (JSON.parse(line).done >= 100) killed.kill("SIGKILL");
  }
  if (killed.signalCode === null && killed.exitCode === null) await once(killed, "exit");
  const [part, ...others] = readdirSync(cacheFolder);
  t.same(others, []);
  t.match(part, /\.bin\..*\.part$/, "nothing that could be taken for whole");

  // One that a living process writes to, and one of another set that nobody has wanted for long.
  const unfinished = (name: string, pid: number, base = part.split(".bin")[0]) =>
    join(
      cacheFolder,
      name.replace(/^.*\.bin/, `${base}.bin`).replace(/\.\d+\.\d+\.\d+\.part$/, `.${pid}.0.0.part`),
    );
  writeFileSync(unfinished(part, process.ppid), readFileSync(join(cacheFolder, part)));
  const old = unfinished(part, killed.pid!, "folder-64-0123456789abcdef");
  const recent = unfinished(part, killed.pid!, "folder-64-fedcba9876543210");
  writeFileSync(old, "");
  writeFileSync(recent, "");
  const lastWeek = Date.now() / 1000 - 8 * 24 * 3600;
  utimesSync(old, lastWeek, lastWeek);

  const progress: [number, number][] = [];
  const options = { count: 400, size: 64 };
  const set = await avatars({ ...options, memory: 0, cacheFolder, onProgress: (...p) => progress.push(p) });
  t.ok(progress[0][0] > 90, `went on at ${progress[0]}`);
  t.same(progress.at(-1), [400, 400]);
  t.ok(sameBytes(allBytes(set), allBytes(await avatars({ ...options, cache: false }))));
  t.same(
    readdirSync(cacheFolder)
      .map((name) => join(cacheFolder, name))
      .sort(),
    [join(cacheFolder, `${part.split(".bin")[0]}.bin`), unfinished(part, process.ppid), recent].sort(),
  );
});

t.test(
  "200,000 images of 128 x 128 are read in little memory",
  { skip: process.platform === "win32" },
  async (t) => {
    const { right, megabytes, seconds } = await reportOf("read", t.testdir());
    t.equal(right, 30 * 32);
    t.ok(megabytes < 512, `${megabytes.toFixed(0)} MB resident`);
    t.comment(`${(960 / seconds).toFixed(0)} images/s`);
  },
);

t.test("sets are built in little memory", async (t) => {
  const { last, megabytes } = await reportOf("build", t.testdir());
  t.equal(last, 3999 % 256);
  t.ok(megabytes < 100, `${megabytes.toFixed(0)} MB more for 197 MB of images`);
});
