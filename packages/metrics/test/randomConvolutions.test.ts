// The Frechet distance over fixed random filters: what it tells apart, and that its numbers stay what they are.
import { join } from "node:path";
import { avatars, type Dataset, readBytes } from "@imagefn/datasets";
import {
  defaultMetrics,
  evaluate,
  featureExtractor,
  featureStatistics,
  frechetDistance,
  type ImageBatch,
  imagesSource,
  randomConvolutions,
  saveStatistics,
} from "@imagefn/metrics";
import { type Engine, gpujsEngine, onnxEngine, random } from "@imagefn/ops";
import t from "tap";

t.setTimeout(280_000);
process.env.IMAGEFN_WEIGHTS = "";
const home = t.testdir();
process.env.IMAGEFN_CACHE = join(home, "cache");
const engine = await onnxEngine({ threads: 1 });
const SIDE = 32;
/** Of two sets of 60 seeded pictures, as onnx gives it. */
const EXPECTED = 13.4045;
const PLANE = SIDE * SIDE;

const drawn = async (seed: number, count = 120): Promise<Dataset> =>
  avatars({ count, size: SIDE, seed, cache: false });
const bytesOf = (data: Dataset): Uint8Array => readBytes(data, [...Array(data.count).keys()]);
const one = bytesOf(await drawn(0));
const other = bytesOf(await drawn(1));
const batch = (data: Uint8Array): ImageBatch => ({ shape: [data.length / (3 * PLANE), 3, SIDE, SIDE], data });

async function statistics(images: ImageBatch, on: Engine = engine, size?: number) {
  const network = randomConvolutions();
  const extractor = await featureExtractor(network, on, { batch: size });
  const sums = featureStatistics(network.features.pool!);
  sums.add((await extractor.extract(images)).pool);
  await extractor.dispose();
  return sums.result();
}
const distance = async (a: Uint8Array, b: Uint8Array) =>
  frechetDistance(await statistics(batch(a)), await statistics(batch(b)));

const clamp = (v: number) => Math.min(Math.max(Math.round(v), 0), 255);
const uniform = (seed: number, n: number) => random(seed).uniform(n);
const noise = Uint8Array.from(uniform(1, one.length), (u) => 256 * u);

/** Noise of a deviation of about half of `size`. */
const noisy = (size: number) => {
  const u = uniform(2, one.length);
  return one.map((v, k) => clamp(v + size * (2 * u[k] - 1)));
};
/** The mean of windows of 2 r + 1. */
const blurred = (r: number) =>
  one.map((_, k) => {
    const [row, column] = [Math.floor((k % PLANE) / SIDE), k % SIDE];
    let [sum, n] = [0, 0];
    for (let i = Math.max(row - r, 0); i <= Math.min(row + r, SIDE - 1); i++)
      for (let j = Math.max(column - r, 0); j <= Math.min(column + r, SIDE - 1); j++, n++)
        sum += one[k - (k % PLANE) + i * SIDE + j];
    return clamp(sum / n);
  });
/** More red, less blue. */
const tinted = (by: number) => one.map((v, k) => clamp(v + by * (1 - (Math.floor(k / PLANE) % 3))));

t.test("0 for equal sets, and the same in both directions", async (t) => {
  t.ok((await distance(one, one)) < 1e-9);
  const [there, back] = [await distance(one, noisy(40)), await distance(noisy(40), one)];
  t.ok(Math.abs(there - back) < 1e-9 * there, `${there} ${back}`);
});

t.test("grows with noise, blur and a shift of colours", async (t) => {
  const floor = await distance(one, other);
  for (const [what, change, levels] of [
    ["noise", noisy, [20, 60, 120]],
    ["blur", blurred, [1, 2, 4]],
    ["colour", tinted, [15, 30, 60]],
  ] as const) {
    const distances = await Promise.all(levels.map((level) => distance(one, change(level))));
    t.ok(distances[0] < distances[1] && distances[1] < distances[2], `${what}: ${distances}`);
    t.ok(distances[1] > 5 * floor, `${what}: ${distances} above ${floor} of two sets of avatars`);
  }
});

t.test("avatars are far nearer to avatars than to noise or blank pictures", async (t) => {
  const alike = await distance(one, other);
  const [far, blank] = [
    await distance(one, noise),
    await distance(
      one,
      one.map(() => 128),
    ),
  ];
  t.ok(alike < far / 100 && alike < blank / 20, `${alike} ${far} ${blank}`);
});

t.test(
  "its limit, as the README has it: pictures cut into blocks and laid out anew are hardly told apart",
  async (t) => {
    const from = random(3);
    // Each picture's 16 blocks of 8 x 8 in another order.
    const order = (image: number) => {
      const u = from.uniform(16, image);
      return [...u.keys()].sort((a, b) => u[a] - u[b]);
    };
    const orders = [...Array(one.length / (3 * PLANE)).keys()].map(order);
    const shuffled = one.map((_, k) => {
      const [row, column] = [Math.floor((k % PLANE) / SIDE), k % SIDE];
      const block = orders[Math.floor(k / (3 * PLANE))][(row >> 3) * 4 + (column >> 3)];
      const at = ((block >> 2) * 8 + (row & 7)) * SIDE + (block & 3) * 8 + (column & 7);
      return one[k - (k % PLANE) + at];
    });
    const [mixed, far] = [await distance(one, shuffled), await distance(one, noise)];
    t.ok(mixed < far / 20, `${mixed} ${far}`);
  },
);

t.test("the numbers of this version: other ones need another name", async (t) => {
  t.equal(randomConvolutions().name, "random convolutions");
  const seeded = (seed: number) => Uint8Array.from(uniform(seed, 60 * 3 * PLANE), (u) => 256 * u * u ** seed);
  const value = await distance(seeded(0), seeded(1));
  t.ok(Math.abs(value / EXPECTED - 1) < 1e-3, String(value));
});

t.test("engines and batches agree", async (t) => {
  const some = batch(one.slice(0, 60 * 3 * PLANE));
  const noises = batch(noise.slice(0, 60 * 3 * PLANE));
  const on = async (e: Engine, size?: number) =>
    frechetDistance(await statistics(some, e, size), await statistics(noises, e, size));
  const expected = await on(engine);
  for (const [e, size] of [
    [engine, 7],
    [engine, 64],
    [await gpujsEngine({ mode: "webasm" }), 8],
  ] as const) {
    const value = await on(e, size);
    t.ok(Math.abs(value / expected - 1) < 1e-3, `${e.name}, ${size}: ${value} ${expected}`);
  }
});

t.test("evaluated by default, from 49 images on", async (t) => {
  t.ok(defaultMetrics.includes("random-conv"));
  const source = (data: Uint8Array, count: number) =>
    imagesSource(
      [...Array(count).keys()].map((i) => ({
        width: SIDE,
        height: SIDE,
        // Planes as pixels.
        data: Uint8Array.from(
          { length: 3 * PLANE },
          (_, k) => data[(3 * i + (k % 3)) * PLANE + Math.floor(k / 3)],
        ),
      })),
    );
  const measure = async (options: object) => {
    const evaluation = await evaluate({
      samples: source(one, 60),
      metrics: ["random-conv"],
      engine,
      ...options,
    });
    return { ...evaluation, finding: evaluation.findings[0] };
  };
  const { finding, statistics: saved } = await measure({ reference: source(other, 70) });
  t.match(finding, {
    metric: "Frechet distance (random convolutions)",
    n: 60,
    reference: 70,
    settings: { weights: { builtIn: "random convolutions, version 1" } },
  });
  await saveStatistics(join(home, "other.npz"), saved!);
  const again = await measure({ reference: join(home, "other.npz") });
  t.equal(again.finding.value, finding.value, "saved statistics stand for the images");
  for (const [options, counts] of [
    [{ reference: source(other, 48) }, /got 60 and 48/],
    [{ reference: join(home, "other.npz"), count: 48 }, /got 48 and 70/],
  ] as const) {
    const { finding: few } = await measure(options);
    t.match(
      few.reason,
      /^could not be measured, because .*random convolutions needs 49 images or more of each/,
    );
    t.match(few.reason, counts);
  }
  t.match((await measure({})).finding, { code: "no-reference" });
});
