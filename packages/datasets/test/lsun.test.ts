// LSUN: LMDB files of several levels, and every way in which they can be broken.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Dataset, lsun, readImage, resizeAndCrop } from "@imagefn/datasets";
import t from "tap";
import { type LmdbOptions, lmdbFile } from "./_lmdb.js";
import { allBytes, noisy, plain, sameBytes } from "./_tools.js";

const webp = { lossless: true, effort: 0 };
const key = (i: number) => ((i * 7919) % 10007).toString(16).padStart(40, "0");

/** Images of 8 x 8 in one colour, whose first channel counts, in the order of their keys; every fourth is large. */
async function entries(count: number): Promise<[string, Buffer][]> {
  const keys = Array.from({ length: count }, (_, i) => key(i)).sort();
  return Promise.all(
    keys.map(async (name, i): Promise<[string, Buffer]> => {
      const image = i % 4 === 3 ? noisy(60, 50) : plain([i, 200, 9]);
      return [name, await image.webp(webp).toBuffer()];
    }),
  );
}

const read = (path: string, limit?: number) => lsun({ path, size: 8, limit, cache: false });

/** Whether images 0, 1, 2, 4, 5, 6, 8 .. are the colours that they were written with. */
function inOrder(set: Dataset): boolean {
  return Array.from({ length: set.count }, (_, i) => i).every(
    (i) => i % 4 === 3 || set.images.at(i)[0] === i,
  );
}

t.test("reads trees of any depth in the order of the keys, small and large values", async (t) => {
  const all = await entries(130);
  const shapes: (LmdbOptions & { depth: string })[] = [
    { fanout: 2, depth: "eight levels" },
    { fanout: 4, newer: 0, depth: "four levels" },
    { fanout: 18, depth: "two levels" },
    { fanout: 5, pageSize: 1024, depth: "small pages" },
    { fanout: 30, pageSize: 16384, depth: "large pages" },
  ];
  for (const { depth, ...shape } of shapes) {
    const path = t.testdir({ church_outdoor_train_lmdb: { "data.mdb": lmdbFile(all.toReversed(), shape) } });
    const set = await read(join(path, "church_outdoor_train_lmdb"));
    t.match(
      set,
      { name: "lsun:church_outdoor_train", size: 8, count: 130, classes: [], warnings: [] },
      depth,
    );
    t.ok(inOrder(set));
  }
});

t.test("one entry, one file, the first few, and the cache", async (t) => {
  const all = await entries(40);
  const path = t.testdir({
    "tower.mdb": lmdbFile(all),
    one: { "data.mdb": lmdbFile(all.slice(3, 4)) },
    cache: {},
  });
  const one = await read(join(path, "one"));
  t.match(one, { name: "lsun:one", count: 1 });
  writeFileSync(join(path, "3.webp"), all[3][1]);
  t.same(one.images.at(0), resizeAndCrop(await readImage(join(path, "3.webp")), 8));

  const options = { path: join(path, "tower.mdb"), size: 4, limit: 10, cacheFolder: join(path, "cache") };
  const progress: [number, number][] = [];
  const set = await lsun({ ...options, onProgress: (...p) => progress.push(p) });
  t.match(set, { name: "lsun:tower", count: 10 });
  t.same(progress.at(-1), [10, 10]);
  const again = await lsun({ ...options, onProgress: () => t.fail("decoded again") });
  t.ok(sameBytes(allBytes(again), allBytes(set)));
  t.equal((await read(options.path, 10 ** 6)).count, 40, "a limit above the number of images");
});

t.test("files of other kinds are explained", async (t) => {
  const path = t.testdir({ folder: {} });
  const file = join(path, "data.mdb");
  const good = lmdbFile(await entries(20));
  const refused = (bytes: Uint8Array, message: RegExp) => {
    writeFileSync(file, bytes);
    return t.rejects(read(path), { message });
  };
  const changed = (change: (copy: Buffer) => void) => {
    const copy = Buffer.from(good);
    change(copy);
    return copy;
  };
  await t.rejects(read(join(path, "folder")), /no LSUN category in .*folder .*church_outdoor_train_lmdb/);
  await refused(Buffer.alloc(0), /damaged or truncated \(got 0 bytes/);
  await refused(Buffer.alloc(10000), /is not an LMDB file as LSUN has them \(got another kind of file/);
  await refused(
    changed((copy) => [0, 4096].forEach((at) => copy.writeUInt32LE(2, at + 20))),
    /got format 2, expected format 1 of LMDB/,
  );
  await refused(
    changed((copy) => copy.subarray(16, 20).reverse()),
    /got a big-endian file/,
  );
  await refused(
    changed((copy) => copy.copyWithin(12, 16, 40)),
    /got a 32-bit file/,
  );
  await refused(
    changed((copy) => copy.writeUInt16LE(4, 4096 + 92)),
    /got several values per key/,
  );
  await refused(lmdbFile([]), /contains no images/);
  await refused(lmdbFile([["a", Buffer.from("no image")]]), /cannot decode image 0 of .*data\.mdb/);
  const cut = (await noisy(60, 50).webp(webp).toBuffer()).subarray(0, -20);
  await refused(lmdbFile([["a", cut]]), /cannot decode image 0 of /);
  await refused(lmdbFile([["a", await plain([1, 2, 3], 9, 7).webp().toBuffer()]]), /too small \(got 9 x 7/);
  await t.rejects(lsun({ path, size: 0 }), /bad size/);
  await t.rejects(lsun({ path, size: 8, limit: 0 }), /bad limit/);
});

t.test("pages that lead astray end in an error", async (t) => {
  const path = t.testdir();
  const file = join(path, "data.mdb");
  const good = lmdbFile(await entries(20), { fanout: 3 });
  const main = 4096 + 88;
  const root = Number(good.readBigUInt64LE(main + 40)) * 4096;
  const firstNode = root + good.readUInt16LE(root + 16);
  const leaf = (page: number): number => {
    const at = page * 4096;
    return good.readUInt16LE(at + 10) === 2 ? at : leaf(good.readUIntLE(at + good.readUInt16LE(at + 16), 6));
  };
  const firstLeaf = leaf(root / 4096);
  const value = firstLeaf + good.readUInt16LE(firstLeaf + 16);
  const cases: [string, (copy: Buffer) => void, RegExp][] = [
    ["a page that is its own child", (c) => c.writeUIntLE(root / 4096, firstNode, 6), /page \d+ twice/],
    [
      "a child beyond the end",
      (c) => c.writeUIntLE(2 ** 40, firstNode, 6),
      /got page 1099511627776, expected 2 to/,
    ],
    ["a meta page as a child", (c) => c.writeUIntLE(1, firstNode, 6), /got page 1, expected 2 to/],
    [
      "a root beyond the end",
      (c) => c.writeBigUInt64LE(2n ** 63n, main + 40),
      /got root page 9223372036854775808/,
    ],
    [
      "too many entries",
      (c) => c.writeBigUInt64LE(2n ** 60n, main + 32),
      /got a number of entries of 1152921504606846976/,
    ],
    ["an entry too many", (c) => c.writeBigUInt64LE(21n, main + 32), /got 20 entries, expected 21/],
    ["an entry too few", (c) => c.writeBigUInt64LE(19n, main + 32), /got more entries, expected 19/],
    ["a tree too deep", (c) => c.writeUInt16LE(60000, main + 6), /got a depth of 60000/],
    [
      "a tree of another depth",
      (c) => c.writeUInt16LE(2, main + 6),
      /got flags 1 of page \d+, expected 2 at level 2 of 2/,
    ],
    ["a page of no size", (c) => c.writeUInt32LE(0, 40), /got a page size of 0/],
    ["a page of another number", (c) => c.writeBigUInt64LE(99n, root), /got the number 99 in page/],
    [
      "bounds outside of the page",
      (c) => c.writeUInt16LE(60000, root + 14),
      /got bounds \d+ and 60000 of page/,
    ],
    ["a node outside of the page", (c) => c.writeUInt16LE(4095, root + 16), /got a node at 4095 of page/],
    ["a key longer than the page", (c) => c.writeUInt16LE(5000, value + 6), /got a node at \d+ of page/],
    [
      "a value longer than the page",
      (c) => c.writeUInt32LE(5000, value),
      /got a value beyond the end of page/,
    ],
    [
      "a value of 4 GB",
      (c) => c.writeUInt32LE(2 ** 32 - 1, value),
      /got a value of 4\.29 GB, expected at most/,
    ],
    ["a sub-database", (c) => c.writeUInt16LE(2, value + 4), /got node flags 2 in page/],
  ];
  for (const [name, change, message] of cases) {
    const copy = Buffer.from(good);
    change(copy);
    writeFileSync(file, copy);
    await t.rejects(read(path), { message }, name);
  }
  const overflow = Array.from({ length: good.length / 4096 }, (_, page) => 4096 * page).find(
    (at) => good.readUInt16LE(at + 10) === 4,
  )!;
  for (const [at, number] of [
    [10, 2],
    [12, 0],
    [0, 77],
  ]) {
    const copy = Buffer.from(good);
    copy.writeUInt16LE(number, overflow + at);
    writeFileSync(file, copy);
    await t.rejects(read(path), /got another kind of page at/, "not the overflow page that it should be");
  }
});

/** Reads a damaged file. It must end soon: in an error of ours, or, where nothing vital was hit, in a set. */
async function survives(path: string): Promise<"error" | "set" | string> {
  const start = performance.now();
  let outcome: string;
  try {
    const set = await read(path);
    outcome = set.count > 0 ? "set" : "an empty set";
  } catch (error) {
    const { message } = error as Error;
    outcome = message.startsWith("datasets: ") ? "error" : message;
  }
  const seconds = (performance.now() - start) / 1000;
  return seconds < 1 ? outcome : `${outcome} after ${seconds} s`;
}

t.test("a file cut at any length is an error", async (t) => {
  const path = t.testdir();
  const good = lmdbFile(await entries(24), { fanout: 3 });
  const outcomes = new Set<string>();
  for (let length = 0; length < good.length - 4096; length += length < 9000 ? 97 : 1499) {
    writeFileSync(join(path, "data.mdb"), good.subarray(0, length));
    outcomes.add(await survives(path));
  }
  t.same([...outcomes], ["error"]);
});

t.test("flipped bits never do worse than an error", async (t) => {
  const path = t.testdir();
  const shortKeys = (await entries(7)).map(([, image], i) => [String(i), image] as const);
  const good = lmdbFile(shortKeys, { fanout: 2, pageSize: 512 });
  let state = 1;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  // Where the tree is, without the room that is not used: all that is not 0, but in overflow pages.
  const vital = Array.from(good.keys()).filter(
    (at) => good[at] !== 0 && [1, 2, 8].includes(good.readUInt16LE(at - (at % 512) + 10)),
  );
  const counts = { error: 0, set: 0 };
  for (let i = 0; i < 400; i++) {
    const copy = Buffer.from(good);
    for (let flips = 1 + random(3); flips > 0; flips--) copy[vital[random(vital.length)]] ^= 1 << random(8);
    writeFileSync(join(path, "data.mdb"), copy);
    const outcome = await survives(path);
    if (outcome === "error" || outcome === "set") counts[outcome]++;
    else t.fail(`damage ${i}: ${outcome}`);
  }
  t.ok(counts.error > 100, `${counts.error} errors, ${counts.set} sets`);
});
