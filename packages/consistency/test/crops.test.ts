// Training on crops of larger images: losses by value, whole images as crops, what is refused, and resumed and shared training.
import {
  type Batch,
  type ConsistencyTrainerOptions,
  cIn,
  consistencyTrainer,
  type Generator,
  initTrainState,
  pretrainer,
  reconstructionError,
  type Share,
  sigmaMin,
} from "@imagefn/consistency";
import { constant, mean, mul, random, reshape, slice, type Tensor } from "@imagefn/ops";
import { difference, ranksInMemory } from "@imagefn/testing";
import t from "tap";
import {
  awake,
  bits,
  engine,
  fixedImages,
  pixelwise,
  pretrainerOptions,
  tinyCmFunc,
  trainerOptions,
} from "./generators.js";
import { compile, gradientsOf, inputsOf, lossOf, stepOptions } from "./steps.js";

const ones = constant({ shape: [1, 3, 1, 1], data: Float32Array.of(1, 1, 1) });

t.setTimeout(120_000);

/** An image function with one number to learn: w times the image's mean times the row, in each colour. */
const ramp: Generator = {
  shape: [3, 2, 2],
  classes: 0,
  init: () => ({ w: { shape: [], data: Float32Array.of(0.3) } }),
  apply(params, x, _, { coordinates }) {
    const rows = reshape(slice(coordinates!, 2, 0, 1), [-1, 1, 2, 2]);
    const means = reshape(mean(x, [1, 2, 3]), [-1, 1, 1, 1]);
    return mul(mul(mul(means, rows), (params as { w: Tensor }).w), ones);
  },
  // Rows and columns 0 and 1 of the whole, whose middle is at 1.
  coordinates: (batch) => Float32Array.from({ length: batch * 8 }, (_, i) => [0, 0, 0, 1, 1, 0, 1, 1][i % 8]),
};

t.test("targets of crops: loss and gradient of a function with one parameter", async (t) => {
  const [w, target, teacher] = [0.3, 0.7, -0.4];
  const scalar = (value: number) => ({ w: { shape: [], data: Float32Array.of(value) } });
  const whole = ramp.coordinates!(3);
  const cropped = random(8).uniform(whole.length);
  const crops = random(9).normal(36);
  const rowOf = (coordinates: Float32Array, i: number) => coordinates[8 * Math.floor(i / 12) + 2 * (i % 4)];
  /** f(x, sigma) at number i of an image with this mean. */
  const f = (w: number, m: number, sigma: number, row: number) => (m * cIn(sigma) * w * row) / 2;

  for (const [trajectory, denoising] of [
    ["data", false],
    ["data", true],
    ["teacher", false],
    ["teacher", true],
  ] as const) {
    const options = stepOptions(ramp, {
      trajectory,
      denoising,
      denoise: 0.5,
      crops: true,
      parameterisation: "function",
    });
    const state = initTrainState(ramp.init(random(0)), options);
    const runnable = await compile(options, {
      ...state,
      target: scalar(target),
      ...(trajectory === "teacher" ? { teacher: scalar(teacher) } : {}),
    });
    // The first image's target is its crop itself.
    const inputs = inputsOf(options, {
      sigmaLow: Float32Array.of(sigmaMin, 0.8, 1.5),
      crops,
      coordinates: cropped,
      ...(trajectory === "teacher" && !denoising ? { wholeCoordinates: whole } : {}),
      ...(trajectory === "teacher" ? { teacherRate: 1 } : {}),
    });
    const { images, noise, sigmaLow, sigmaHigh, weight } = inputs;
    const byHand = (student: number) => {
      const terms = Array.from(crops, (crop, i) => {
        const b = Math.floor(i / 12);
        const [high, low] = [sigmaHigh[b], sigmaLow[b]];
        const own = (of: (k: number) => number) => Array.from({ length: 12 }, (_, k) => of(12 * b + k));
        const average = (values: number[]) => values.reduce((x, y) => x + y, 0) / 12;
        const noisy = own((k) => images[k] + high * noise[k]);
        // The trajectory is one of whole images.
        const slope = (x: number[], sigma: number) => {
          const m = average(x);
          return x.map((v, k) => (v - f(teacher, m, sigma, rowOf(whole, 12 * b + k))) / sigma);
        };
        const first = slope(noisy, high);
        const there = noisy.map((v, k) => v + (low - high) * first[k]);
        const second = slope(there, low);
        const moved = noisy.map((v, k) => v + ((low - high) * (first[k] + second[k])) / 2);
        const along = trajectory === "teacher" ? moved : own((k) => images[k] + low * noise[k]);
        const row = rowOf(cropped, i);
        const goal = denoising || b === 0 ? crop : f(target, average(along), low, row);
        return weight[b] * (f(student, average(noisy), high, row) - goal) ** 2;
      });
      return terms.reduce((a, b) => a + b, 0) / terms.length;
    };
    const loss = await lossOf(runnable, inputs);
    t.equal(difference([loss], [byHand(w)], { rtol: 1e-5, atol: 0 }), undefined, `${trajectory}: loss`);
    const { data } = (await gradientsOf(runnable)).get("w")!;
    const numeric = (byHand(w + 1e-4) - byHand(w - 1e-4)) / 2e-4;
    t.equal(difference(data, [numeric], { rtol: 1e-4, atol: 1e-7 }), undefined, "gradient");
    await runnable.dispose();
  }
});

const params = awake(tinyCmFunc.init(random(3)));
const n = 3 * 4 * 4;
/** Images with crops of 16 x 8 pixels, each somewhere else. */
const withCrops = (batch: number) => ({
  ...fixedImages(tinyCmFunc, batch)(),
  crops: random(7).normal(batch * n),
  places: Float32Array.from({ length: 5 * batch }, (_, i) => [i % 7, i % 2, 16, 8, 1 + (i % 2)][i % 5]),
});

t.test("pre-training compares the function at the crop's coordinates with the crop", async (t) => {
  const batch = 4;
  const { images, crops, places } = withCrops(batch);
  const data = () => ({ images, crops, places });
  const options = pretrainerOptions(batch, { crops: true, data, variationalCoordinates: false });
  const trainer = await pretrainer(options, params);
  const { loss } = await trainer.step(0, 1);
  await trainer.dispose();
  const program = reconstructionError({ generator: tinyCmFunc, batch, targetScale: 1, crops: true }, params);
  const runnable = await engine.compile(program, { params });
  const at = async (coordinates: Float32Array, target: Float32Array) =>
    (await runnable.run({ images, crops: target, coordinates })).mse.data[0];
  const place = tinyCmFunc.coordinates(batch, undefined, places);
  t.ok(Math.abs((await at(place, crops)) - loss) < 1e-6 * loss, "the loss is the error there");
  t.notSame(await at(tinyCmFunc.coordinates(batch), crops), loss, "and not at the whole image's");
  await runnable.dispose();
});

t.test("whole images as crops: the bits of training without", async (t) => {
  const batch = 4;
  const { images } = fixedImages(tinyCmFunc, batch)();
  const places = Float32Array.from({ length: 5 * batch }, (_, i) => [0, 0, 4, 4, 1][i % 5]);
  const plain = await pretrainer(pretrainerOptions(batch), params);
  const data = () => ({ images, crops: images, places });
  const whole = await pretrainer(pretrainerOptions(batch, { crops: true, data }), params);
  for (let k = 0; k < 3; k++) t.equal((await whole.step(k, 3)).loss, (await plain.step(k, 3)).loss);
  t.same(bits(await whole.read()), bits(await plain.read()));
  for (const trainer of [plain, whole]) await trainer.dispose();
});

const K = 6;
const options = (changes: Partial<ConsistencyTrainerOptions> = {}) =>
  trainerOptions(tinyCmFunc, 8, {
    crops: true,
    parameterisation: "function",
    trajectory: "teacher",
    denoise: 0.5,
    coupling: "optimal-transport",
    couplingPool: 16,
    data: () => withCrops(8),
    ...changes,
  });
async function trained(changes: Partial<ConsistencyTrainerOptions>, restore = false) {
  let trainer = await consistencyTrainer(options(changes), params);
  const losses = [];
  for (let k = 0; k < K; k++) {
    if (restore && k === 4) {
      const state = await trainer.read();
      await trainer.dispose();
      trainer = await consistencyTrainer(options({ ...changes, begin: { k, K } }), params, state);
    }
    losses.push((await trainer.step(k, K)).loss);
  }
  const state = await trainer.read();
  await trainer.dispose();
  return { losses, state };
}

t.test(
  "training on crops: resumed with the same bits, and in parts or on two processes the same step",
  async (t) => {
    const whole = await trained({});
    t.ok(whole.losses.every(Number.isFinite));
    const again = await trained({}, true);
    t.same(again.losses, whole.losses);
    t.same(bits(again.state), bits(whole.state));

    const near = (losses: readonly number[]) =>
      t.equal(difference(losses, whole.losses, { rtol: 1e-4, atol: 0 }), undefined);
    near((await trained({ accumulate: 2 })).losses);
    const shared = await Promise.all(ranksInMemory(2).map((ranks) => trained({ ranks })));
    for (const { losses } of shared) near(losses);
    // One that gives its share alone.
    const share = (_: number, share?: Share): Batch => {
      const { images, crops, places } = withCrops(8);
      const { first, count } = share ?? { first: 0, count: 8 };
      const part = (values: Float32Array) => {
        const each = values.length / 8;
        return values.slice(first * each, (first + count) * each);
      };
      return { images: part(images), crops: part(crops), places: part(places) };
    };
    near((await trained({ accumulate: 2, data: share })).losses);
  },
);

t.test("what cannot be used is refused", async (t) => {
  await t.rejects(consistencyTrainer(options({ parameterisation: "skip" }), params), {
    message:
      'consistency: parameterisation is "skip", whose skip term is an image of one size: with crops expected "function"',
  });
  await t.rejects(
    consistencyTrainer({ ...options(), generator: pixelwise }, pixelwise.init(random(3))),
    /crops is true, but this generator makes images of one size/,
  );
  const stepOf = async (crops: boolean, batch: Batch) => {
    const trainer = await pretrainer(pretrainerOptions(2, { crops, data: () => batch }), params);
    await trainer.step(5, 10).finally(() => trainer.dispose());
  };
  const { images, crops, places } = withCrops(2);
  await t.rejects(stepOf(false, { images, crops, places }), /crops of step 5: expected none/);
  await t.rejects(stepOf(true, { images }), /crops of step 5: expected a Float32Array of 96 numbers/);
  await t.rejects(stepOf(true, { images, crops }), /places of step 5: expected a Float32Array of 10 numbers/);
  for (const wrong of [
    [13, 0, 16, 8, 1],
    [7, 0, 16, 8, 3],
    [0, 4.5, 16, 8, 1],
    [-1, 0, 16, 8, 1],
    [0, 0, 16, Number.NaN, 1],
    [0, 0, 16, 8, 0],
  ])
    await t.rejects(
      stepOf(true, { images, crops, places: Float32Array.of(0, 0, 16, 8, 1, ...wrong) }),
      /places of step 5: crop 1 of 4 x 4 pixels at \(.*\), step \d, does not lie in 16 x .* pixels/,
    );
});
