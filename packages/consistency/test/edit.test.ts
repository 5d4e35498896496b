// Zero-shot editing: transforms and masks by value, every line of algorithm 4, and sampling as the edit that keeps nothing.
import {
  colorisation,
  consistencyModel,
  denoiser,
  edit,
  inpainting,
  type Known,
  knownPart,
  nothingKnown,
  sample,
  sigmaMin,
  slerp,
  stepNoise,
  superResolution,
  withKnown,
} from "@imagefn/consistency";
import { random } from "@imagefn/ops";
import { difference } from "@imagefn/testing";
import t from "tap";
import { awake, engine, tinyCmFunc } from "./generators.js";

const shape = [3, 4, 6];
const n = 72;
/** A picture in [-1, 1] of numbers that bytes stand for. */
const picture = (seed: number) =>
  random(seed)
    .uniform(n)
    .map((u) => Math.floor(256 * u) / 127.5 - 1);
const [y, x] = [picture(1), picture(2)];
const mask = Array.from({ length: 24 }, (_, i) => (i % 6 < 2 ? 255 : 0));
const all: [name: string, known: Known][] = [
  ["inpainting", inpainting(shape, mask)],
  ["colorisation", colorisation(shape)],
  ["super-resolution", superResolution(shape, [2, 3])],
  ["nothing", nothingKnown(shape)],
];
const close = { rtol: 0, atol: 1e-6 };
const norm = (v: Float32Array) => Math.hypot(...v);

t.test("transforms are orthogonal and their own inverses", async (t) => {
  for (const [name, { transform }] of all) {
    t.equal(difference(transform(transform(y)), y, close), undefined, `${name}: A A y = y`);
    t.ok(Math.abs(norm(transform(y)) / norm(y) - 1) < 1e-6, `${name}: keeps lengths`);
  }
});

t.test("known are luminance, and the means of blocks", async (t) => {
  const colour = colorisation(shape);
  const luminance = (v: Float32Array, i: number) => 0.2989 * v[i] + 0.587 * v[24 + i] + 0.114 * v[48 + i];
  const length = Math.hypot(0.2989, 0.587, 0.114);
  const expected = Array.from({ length: 24 }, (_, i) => luminance(y, i) / length);
  t.equal(difference(colour.transform(y).subarray(0, 24), expected, close), undefined);
  const known = [...colour.unknown.keys()].filter((i) => colour.unknown[i] === 0);
  t.same(
    known,
    Array.from({ length: 24 }, (_, i) => i),
  );
  const grey = withKnown(colour, y, x);
  for (let i = 0; i < 24; i++) t.ok(Math.abs(luminance(grey, i) - luminance(y, i)) < 1e-6);

  const blocks = superResolution(shape, [2, 3]);
  const mean = (v: Float32Array, at: number) =>
    [0, 1, 2, 6, 7, 8].reduce((sum, offset) => sum + v[at + offset], 0) / 6;
  const corners = [0, 1, 2].flatMap((c) => [0, 3, 12, 15].map((at) => 24 * c + at));
  t.same(
    [...blocks.unknown.keys()].filter((i) => blocks.unknown[i] === 0),
    corners,
  );
  const [fine, blurred] = [withKnown(blocks, y, x), knownPart(blocks, y)];
  for (const at of corners) {
    t.ok(Math.abs(mean(fine, at) - mean(y, at)) < 1e-6);
    for (const offset of [0, 1, 2, 6, 7, 8])
      t.ok(Math.abs(blurred[at + offset] - mean(y, at)) < 1e-6, "a picture of means");
  }
  t.same(superResolution(shape, [1, 1]).transform(y), y);
});

t.test("what is known is kept to the last bit, and the rest is the image's", async (t) => {
  const made = withKnown(inpainting(shape, mask), y, x);
  t.same(
    made,
    y.map((v, i) => (mask[i % 24] ? x[i] : v)),
  );
  t.same(withKnown(inpainting(shape, new Array(24).fill(0)), y, x), y, "nothing masked: the picture itself");
  t.same(withKnown(nothingKnown(shape), y, x), x);
  for (const [name, known] of all)
    t.equal(difference(withKnown({ ...known, unknown: new Uint8Array(n) }, y, x), y, close), undefined, name);
});

t.test("algorithm 4, line by line", async (t) => {
  const levels = [20, 3, 0.5];
  const zs = levels.map((_, step) => stepNoise(step, { seed: 7, first: 2, count: 2, shape }));
  for (const [name, known] of all) {
    const given: [Float32Array, number][] = [];
    const f = async (noisy: Float32Array, sigma: number) => {
      given.push([noisy.slice(), sigma]);
      return noisy.map((v) => v / (1 + sigma));
    };
    const out = await edit(f, known, y, { levels, noise: (step) => zs[step] });
    t.same(
      given.map(([, sigma]) => sigma),
      levels,
    );
    const put = (image: Float32Array) =>
      Float32Array.from([0, 1].flatMap((b) => [...withKnown(known, y, image.slice(b * n, (b + 1) * n))]));
    let before = Float32Array.from([0, 1].flatMap(() => [...knownPart(known, y)]));
    for (const [i, level] of levels.entries()) {
      const scale = i === 0 ? level : Math.sqrt(level ** 2 - sigmaMin ** 2);
      const noisy = before.map((v, k) => v + scale * zs[i][k]);
      t.equal(
        difference(given[i][0], noisy, { rtol: 1e-6, atol: 1e-5 }),
        undefined,
        `${name}: x at ${level}`,
      );
      before = put(noisy.map((v) => Math.min(Math.max(v / (1 + level), -1), 1)));
    }
    t.equal(difference(out, before, { rtol: 0, atol: 1e-5 }), undefined, name);
  }
});

t.test("strokes start from themselves", async (t) => {
  let given = new Float32Array();
  const f = async (noisy: Float32Array) => {
    given = noisy.slice();
    return noisy;
  };
  const noise = () => new Float32Array(n).fill(1);
  await edit(f, nothingKnown(shape), y, { levels: [2], noise, start: y });
  t.same(
    given,
    y.map((v) => v + 2),
  );
});

t.test("where nothing is known from 80 on, editing is sampling", async (t) => {
  const params = awake(tinyCmFunc.init(random(3)));
  const runnable = await engine.compile(denoiser(tinyCmFunc, 2, params), { params });
  const { shape } = tinyCmFunc;
  const size = shape.reduce((a, b) => a * b, 1);
  const labels = { labels: Float32Array.of(0, 1) };
  const inputs = tinyCmFunc.classes > 0 ? labels : {};
  const levels = [2, 0.5];
  const drawn = await sample(runnable, tinyCmFunc, 2, { levels, seed: 5, first: 3, inputs });
  const edited = await edit(
    consistencyModel(runnable, tinyCmFunc, 2, inputs),
    nothingKnown(shape),
    new Float32Array(size),
    { levels: [80, ...levels], noise: (step) => stepNoise(step, { seed: 5, first: 3, count: 2, shape }) },
  );
  t.same(edited, drawn);
  await runnable.dispose();
});

t.test("noise between two samples", async (t) => {
  const [a, b] = [Float32Array.of(3, 0), Float32Array.of(0, 3)];
  t.same([slerp(a, b, 0), slerp(a, b, 1)], [a, b]);
  const third = [3 * Math.cos(Math.PI / 6), 1.5];
  t.equal(difference(slerp(a, b, 1 / 3), third, close), undefined);
  t.same(slerp(a, a, 0.3), a);
});

t.test("what cannot be edited is refused", async (t) => {
  const f = async (x: Float32Array) => x;
  const noise = () => new Float32Array(n);
  const known = nothingKnown(shape);
  for (const levels of [[], [81], [3, 3], [1, 2], [3, sigmaMin]])
    await t.rejects(edit(f, known, y, { levels, noise }), /levels of an edit must fall from at most 80/);
  await t.rejects(
    edit(f, known, y.subarray(1), { levels: [1], noise }),
    /must have \[3, 4, 6\] = 72 numbers/,
  );
  t.throws(() => inpainting(shape, [1, 0]), /the mask has 2 pixels \(expected 4 x 6 = 24\)/);
  t.throws(() => superResolution(shape, [3, 3]), /blocks of 3 x 3 pixels do not divide a picture of 4 x 6/);
});
