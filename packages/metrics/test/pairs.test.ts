// Which pictures are compared with which, what is refused and what is left out, and equal pictures.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pngBytes } from "@imagefn/base";
import {
  type EvaluateOptions,
  evaluate,
  type Finding,
  type ImageSource,
  imagesSource,
  type Measure,
  type PictureBytes,
  psnr,
  writeNpz,
} from "@imagefn/metrics";
import { onnxEngine, random } from "@imagefn/ops";
import t from "tap";

process.env.IMAGEFN_WEIGHTS = "";
const home = t.testdir();
const engine = await onnxEngine({ threads: 1 });
const SIDE = 12;

/** Picture `i`: seeded noise, brighter by `shift`. */
const picture = (i: number, shift = 0, side = SIDE): PictureBytes => ({
  width: side,
  height: side,
  data: Uint8Array.from(random(1).uniform(3 * side * side, i), (u) => 200 * u + shift),
});

const set = (names: readonly string[], of: (i: number) => PictureBytes): ImageSource =>
  imagesSource(names.map((name, i) => ({ ...of(i), name })));

async function folder(name: string, files: Readonly<Record<string, PictureBytes>>): Promise<string> {
  const path = join(home, name);
  for (const [file, { data, ...size }] of Object.entries(files)) {
    mkdirSync(join(path, file, ".."), { recursive: true });
    writeFileSync(join(path, file), await pngBytes(size, [Uint8Array.from(data)]));
  }
  return path;
}

const all = async (options: Omit<EvaluateOptions, "engine">): Promise<readonly Finding[]> =>
  (await evaluate({ metrics: ["psnr"], ...options, engine })).findings;
const one = async (options: Omit<EvaluateOptions, "engine">) => (await all(options))[0];

/** The mean PSNR of pictures and the same ones, brighter by 10. */
const brighter = (indices: readonly number[]) =>
  indices.reduce((sum, i) => sum + psnr(picture(i).data, picture(i, 10).data), 0) / indices.length;
const digits = (i: number, width = 3) => String(i).padStart(width, "0");

t.test("pairs are made by name, whatever the order and the number of files", async (t) => {
  const files = (shift: number, from: number) =>
    Object.fromEntries(
      Array.from({ length: 8 - from }, (_, i) => [`${digits(i + from)}.png`, picture(i + from, shift)]),
    );
  const truth = await folder("truth", files(10, 0));
  const results = await folder("results", files(0, 1));
  const refused = await one({ samples: results, reference: truth });
  t.match(refused, { metric: "PSNR", code: "unmatched", value: undefined });
  t.match(
    refused.reason,
    /^could not be measured, because 1 picture has no partner: "000\.png" of images of/,
  );
  const ignored = await one({ samples: results, reference: truth, unmatched: "ignore" });
  t.ok(Math.abs(ignored.value! - brighter([1, 2, 3, 4, 5, 6, 7])) < 1e-9, String(ignored.value));
  t.match(ignored, {
    n: 7,
    settings: { pairs: "by name" },
    note: /^left out, since 1 picture has no partner/,
  });

  const shuffled = ["b.png", "c.png", "a.png"];
  const reference = set(["c.png", "a.png", "b.png"], (i) => picture([1, 2, 0][i], 10));
  const { value } = await one({ samples: set(shuffled, picture), reference });
  t.ok(Math.abs(value! - brighter([0, 1, 2])) < 1e-9, "in another order");
});

t.test("paths come first, then stems with other endings, and nothing else", async (t) => {
  const a = set(["x/1.png", "x/2.png", "y/1.png", "3.jpg", "3.png"], picture);
  const b = set(["3.png", "x/2.webp", "y/1.jpeg", "x/1.png", "3.jpg"], (i) =>
    picture([4, 1, 2, 0, 3][i], 10),
  );
  const { value, n } = await one({ samples: a, reference: b });
  t.equal(n, 5);
  t.ok(Math.abs(value! - brighter([0, 1, 2, 3, 4])) < 1e-9);
  // 0.png .. 11.png and 000.png .. have no name in common.
  const plain = set(
    [...Array(12).keys()].map((i) => `${i}.png`),
    picture,
  );
  const padded = set(
    [...Array(12).keys()].map((i) => `${digits(i)}.png`),
    picture,
  );
  for (const unmatched of ["refuse", "ignore"] as const)
    t.match(
      (await one({ samples: plain, reference: padded, unmatched })).reason,
      /"0\.png", "1\.png", "2\.png" and 9 more/,
    );
  // Two candidates of one stem are no pair.
  const two = await one({
    samples: set(["1.png", "2.png"], picture),
    reference: set(["1.jpg", "1.webp", "2.png"], picture),
  });
  t.match(two.reason, /3 pictures have no partner: "1\.png" of .*; "1\.jpg", "1\.webp" of /);
  t.throws(() => set(["1.png", "1.png"], picture), { code: "invalid-data" });
  t.throws(() => imagesSource([picture(0), { ...picture(1), name: "1" }]), { code: "invalid-data" });
});

t.test("names are printed so that no terminal obeys them", async (t) => {
  const { reason } = await one({
    samples: set(["1.png", "\x1b]0;x\x07\n\x9b2J\u202e.png"], picture),
    reference: set(["1.png"], picture),
  });
  t.match(reason, /"\\u001b\]0;x\\u0007\\n\\u009b2J\\u202e\.png"/);
  t.notOk([..."\x1b\x07\n\x9b\u202e"].some((c) => reason!.includes(c)));
});

t.test("samples beyond the count need no partner, and take none", async (t) => {
  const names = [..."abcdef"].map((name) => `${name}.png`);
  const options = { samples: set(names, picture), reference: set(names, (i) => picture(i, 10)), count: 2 };
  const { n, value } = await one(options);
  t.equal(n, 2);
  t.ok(Math.abs(value! - brighter([0, 1])) < 1e-9);
});

t.test("pictures without names are paired by number, with each other only", async (t) => {
  const npz = (name: string, count: number, shift: number) => {
    const data = Uint8Array.from([...Array(count).keys()].flatMap((i) => [...picture(i, shift).data]));
    writeFileSync(join(home, name), writeNpz([["arr_0", { shape: [count, SIDE, SIDE, 3], data }]]));
    return join(home, name);
  };
  const [eight, seven] = [npz("eight.npz", 8, 0), npz("seven.npz", 7, 10)];
  t.match(await one({ samples: eight, reference: npz("other.npz", 8, 10) }), {
    n: 8,
    settings: { pairs: "by number" },
  });
  t.match(await one({ samples: eight, reference: seven }), {
    code: "unmatched",
    reason: /paired by number, and there are 8 on one side \(.*eight\.npz\) and 7 on the other/,
  });
  t.match(await one({ samples: eight, reference: seven, unmatched: "ignore" }), {
    n: 7,
    note: /there are 8 on/,
  });
  t.match(
    await one({ samples: eight, reference: seven, count: 7 }),
    { n: 7 },
    "seven of each were asked for",
  );
  const files = await folder(
    "files",
    Object.fromEntries([...Array(8).keys()].map((i) => [`${i}.png`, picture(i)])),
  );
  for (const [samples, reference] of [
    [files, eight],
    [eight, files],
  ])
    t.match(await one({ samples, reference, unmatched: "ignore" }), {
      code: "unfit-reference",
      reason: /only one side has names: images of .*files have them, images of .*eight\.npz do not/,
    });
});

t.test("batches of the two sides need not be alike", async (t) => {
  const batches = (size: number): ImageSource => ({
    name: "made up",
    count: 6,
    about: {},
    async *batches(count) {
      for (let i = 0; i < count; i += size) {
        const some = [...Array(Math.min(size, count - i)).keys()].map((k) => picture(i + k, size).data);
        const data = Uint8Array.from(some.flatMap((bytes) => [...bytes]));
        yield { shape: [some.length, 3, SIDE, SIDE], data };
      }
    },
  });
  const { n, value } = await one({ samples: batches(1), reference: batches(4) });
  t.equal(n, 6);
  t.ok(Math.abs(value! - 20 * Math.log10(255 / 3)) < 0.05, String(value));
});

t.test("equal pictures are counted, and not left out in silence", async (t) => {
  const names = [...Array(12).keys()].map((i) => `${digits(i)}.png`);
  const samples = set(names, picture);
  const reference = set(names, (i) => picture(i, i === 5 ? 10 : 0));
  const [decibels, similarity] = (await all({ samples, reference, metrics: ["psnr", "ssim"] })) as Measure[];
  t.match(decibels, { n: 1, equal: 11, note: /^11 of 12 pairs are equal: infinite, and not in the mean$/ });
  t.ok(Math.abs(decibels.value - brighter([5])) < 1e-9);
  t.match(similarity, { n: 12, equal: 11, note: /^11 of 12 pairs are equal$/ });
  const same = await all({ samples, reference: samples, metrics: ["psnr", "ssim"] });
  t.match(same, [
    { metric: "PSNR", code: "equal", reason: "infinite: all 12 pairs are equal" },
    { metric: "SSIM", value: 1, note: "all 12 pairs are equal" },
  ]);
});

t.test("a pair of two sizes is named", async (t) => {
  const [samples, reference] = [12, 14].map((side) =>
    set(["a.png", "b.png"], (i) => picture(i, 0, i === 1 ? side : 12)),
  );
  t.match(await one({ samples, reference }), {
    code: "failed",
    reason: /have different sizes: "b\.png" and "b\.png" \(got 12 x 12 and 14 x 14\)/,
  });
});

t.test("an unknown rule is refused", (t) =>
  t.rejects(evaluate({ samples: "x", unmatched: "skip" as never }), {
    code: "invalid-option",
    message: /^unmatched: .*\(expected refuse, ignore\)/,
  }),
);
