// Edits of pictures: what is known is kept to the byte, the rest depends on the seed alone, and what cannot be edited is refused.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type EditOptions, openRun, train } from "@imagefn/runs";
import { PNG } from "pngjs";
import t from "tap";
import { scaledMask, scaledPicture } from "../dist/editing/scaled.js";
import { type Picture, readPng } from "./reading.js";
import { tiny } from "./tiny.js";

t.setTimeout(240_000);
const home = t.testdir();
const at = (name: string) => join(home, name);
const out = at("out");
const run = await train(tiny, { out: at("run"), isolate: false });
const avatars = fileURLToPath(new URL("../../avatars-model/avatars", import.meta.url));

/** Writes a picture of a pixel function. */
function write(name: string, width: number, height: number, pixel: (x: number, y: number) => number[]) {
  const png = new PNG({ width, height });
  for (let i = 0; i < width * height; i++)
    png.data.set([...pixel(i % width, Math.floor(i / width)), 255], 4 * i);
  writeFileSync(at(name), PNG.sync.write(png));
  return at(name);
}
const colours = (x: number, y: number) => [
  (37 * x + 11 * y) % 256,
  (91 * y + 5 * x) % 256,
  (13 * x * y) % 256,
];
const face = write("face.png", 16, 16, colours);
const right = (side: number) => (x: number) => new Array(3).fill(2 * x < side ? 0 : 255);
const mask = write("mask.png", 16, 16, right(16));
const large = write("large.png", 40, 40, colours);
const largeMask = write("large-mask.png", 40, 40, right(40));
const small = write("small.png", 4, 4, colours);

const edited = async (options: EditOptions, of = run) => {
  const paths = await of.edit({ seed: 3, count: 2, out, separate: true, ...options });
  return paths.map(readPng);
};
const bytes = ({ rgb }: Picture) => Buffer.from(rgb).toString("base64");
const left = ({ width, rgb }: Picture) => [...rgb].filter((_, i) => (i / 3) % width < width / 2);

t.test("inpainting keeps every byte that is not masked, at the training size", async (t) => {
  const made = await edited({ inpaint: face, mask });
  const given = readPng(face);
  t.equal(made.length, 2);
  for (const one of made) t.same(left(one), left(given));
  t.not(bytes(made[0]), bytes(made[1]), "two results");
  t.not(bytes(made[0]), bytes(given));
  const hidden = write("hidden.png", 16, 16, (x, y) => (x < 8 ? colours(x, y) : [1, 2, 3]));
  const same = await edited({ inpaint: hidden, mask });
  t.same(same.map(bytes), made.map(bytes), "what is masked changes nothing");
  t.same((await edited({ inpaint: face, mask })).map(bytes), made.map(bytes), "the same seed");
  t.not(bytes((await edited({ inpaint: face, mask, seed: 4 }))[0]), bytes(made[0]), "another seed");
  const more = await edited({ inpaint: face, mask, count: 3 });
  t.same(more.slice(0, 2).map(bytes), made.map(bytes), "the same pictures among more");
});

t.test("at the size of a larger picture its own bytes are kept, and at others it is scaled", async (t) => {
  const [own, other] = await edited({
    inpaint: large,
    mask: largeMask,
    count: 1,
    sizes: [
      [40, 40],
      [20, 20],
    ],
  });
  t.same(left(own), left(readPng(large)));
  const given = readPng(large);
  const mean = (x: number, y: number, c: number) =>
    [0, 1, 40, 41].reduce((sum, offset) => sum + given.rgb[3 * (80 * y + 2 * x + offset) + c], 0) / 4;
  for (const [x, y] of [
    [0, 0],
    [9, 19],
    [4, 7],
  ])
    for (const c of [0, 1, 2])
      t.ok(Math.abs(other.rgb[3 * (20 * y + x) + c] - mean(x, y, c)) <= 0.51, `${x} ${y} ${c}`);
});

t.test(
  "colours keep the luminance, and details the means of blocks, where no channel is cut off",
  async (t) => {
    const inside = (v: number) => v > 0 && v < 255;
    const luminance = ({ rgb }: Picture, i: number) =>
      0.2989 * rgb[3 * i] + 0.587 * rgb[3 * i + 1] + 0.114 * rgb[3 * i + 2];
    const [coloured] = await edited({ colorize: face, count: 1 });
    const given = readPng(face);
    let compared = 0;
    for (let i = 0; i < 256; i++)
      if ([0, 1, 2].every((c) => inside(coloured.rgb[3 * i + c]))) {
        compared++;
        t.ok(Math.abs(luminance(coloured, i) - luminance(given, i)) <= 0.51);
      }
    t.ok(compared > 20, `${compared} pixels`);

    const low = readPng(small);
    const [fine] = await edited({ superres: small, count: 1, sizes: [[24, 24]] });
    compared = 0;
    for (let i = 0; i < 48; i++) {
      const [block, c] = [Math.floor(i / 3), i % 3];
      const pixels = Array.from(
        { length: 36 },
        (_, k) =>
          fine.rgb[
            3 * (24 * (6 * Math.floor(block / 4) + Math.floor(k / 6)) + 6 * (block % 4) + (k % 6)) + c
          ],
      );
      if (!pixels.every(inside)) continue;
      compared++;
      t.ok(Math.abs(pixels.reduce((a, b) => a + b, 0) / 36 - low.rgb[i]) <= 0.51);
    }
    t.ok(compared > 5, `${compared} blocks`);
  },
);

t.test("from one sample to another: the ends are the samples", async (t) => {
  const path = await edited({ interpolate: [1, 4], count: 3 });
  const samples = (await run.draw({ seed: 3, count: 5, out, separate: true })).map(readPng);
  for (const [made, sample] of [
    [path[0], samples[1]],
    [path[2], samples[4]],
  ])
    t.ok(
      made.rgb.every((v, i) => Math.abs(v - sample.rgb[i]) <= 1),
      "within rounding",
    );
  t.not(bytes(path[1]), bytes(path[0]));
});

t.test("a trained model gives a picture back from little noise, but not from much", async (t) => {
  const model = await openRun(avatars);
  const [sample] = await edited({ interpolate: [0, 1], count: 2 }, model);
  const picture = write("sample.png", 32, 32, (x, y) => [
    ...sample.rgb.subarray(3 * (32 * y + x)).subarray(0, 3),
  ]);
  const psnr = async (noise: number) => {
    const [made] = await edited({ strokes: picture, noise, count: 1, seed: 5 }, model);
    const error = made.rgb.reduce((sum, v, i) => sum + (v - sample.rgb[i]) ** 2, 0) / made.rgb.length;
    return 10 * Math.log10(255 ** 2 / error);
  };
  const [little, much] = [await psnr(0.55), await psnr(40)];
  t.ok(little > 20 && much < little - 5, `${little} and ${much} dB`);
});

t.test("a grid can begin with what was given, and names hold all that pictures depend on", async (t) => {
  const [path] = await run.edit({ inpaint: face, mask, showInput: true, out, count: 2, seed: 3 });
  t.match(path, /out.inpaint-face-[0-9a-f]{8}-step10-seed3-count2-levels8-with-input-16x16\.png$/);
  const { width, height } = readPng(path);
  t.same([width, height], [4 * 18 + 2, 20]);
  const [strokes] = await run.edit({ strokes: face, noise: 2, out, count: 1 });
  t.match(strokes, /out.strokes-face-[0-9a-f]{8}-step10-seed0-count1-levels1-noise2-16x16\.png$/);
});

t.test("scaling by value", async (t) => {
  const row = Float32Array.from([0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]);
  t.same([...scaledPicture(row, [4, 1], [2, 1])].slice(0, 2), [0.5, 2.5]);
  t.same([...scaledPicture(row, [4, 1], [8, 1])].slice(0, 8), [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3]);
  t.same([...scaledMask(Uint8Array.of(0, 0, 1, 0), [4, 1], [2, 1])], [0, 1]);
  t.same([...scaledMask(Uint8Array.of(0, 0, 1), [3, 1], [2, 1])], [0, 1]);
  t.same([...scaledMask(Uint8Array.of(0, 1), [2, 1], [4, 1])], [0, 1, 1, 1]);
});

t.test("what cannot be edited is refused", async (t) => {
  const refused = (options: EditOptions, message: RegExp, code = "invalid-option") =>
    t.rejects(run.edit({ out: at("none"), ...options }), { code, message });
  await refused({}, /^nothing to edit: expected one of inpaint, colorize, superres, strokes, interpolate/);
  await refused({ colorize: face, strokes: face }, /^strokes .*colorize was given too/);
  await refused({ inpaint: face }, /^inpaint .*it requires mask/);
  await refused({ colorize: face, mask }, /^mask .*it requires inpaint/);
  await refused({ colorize: face, noise: 1 }, /^noise 1: it requires strokes/);
  await refused({ strokes: face, noise: 81 }, /^noise is 81 \(expected a number above 0\.002/);
  await refused({ strokes: face, noise: 0.1 }, /^noise 0\.1: image functions with a skip term .*above 0\.5/);
  await refused({ strokes: face, noise: 1, steps: 2 }, /^steps 2: from noise 1 on, 1 level is above 0\.5/);
  await refused({ interpolate: [1, 1] }, /^interpolate is \[1,1\]/);
  await refused({ interpolate: [0, 1], count: 1 }, /^count is 1 \(expected 2 or more/);
  await refused({ superres: small, sizes: [[18, 18]] }, /^size 18x18: .*multiples of 4/);
  await refused({ colorize: face, sizes: [[5000, 16]] }, /^size 5000x16: edits have at most 4096/);
  const data = "invalid-data";
  await refused({ inpaint: face, mask: largeMask }, /large-mask\.png has 40 x 40 .*expected 16 x 16/, data);
  const all = (value: number) => write(`all${value}.png`, 16, 16, () => [value, value, value]);
  await refused({ inpaint: face, mask: all(0) }, /black everywhere/, data);
  await refused({ inpaint: face, mask: all(255) }, /white everywhere/, data);
  await refused({ colorize: write("wide.png", 20, 16, colours) }, /20 x 16 .*square picture.*Crop/, data);
  await refused({ colorize: small }, /4 x 4 pixels \(expected pictures of at least 16 x 16/, data);
  await refused({ superres: face }, /16 x 16 pixels \(expected a picture smaller than the run's/, data);
  await t.rejects(run.edit({ colorize: at("missing.png") }), /missing\.png/);
  t.throws(() => readFileSync(at("none")), "nothing was written");
});
