// Drifting: the field and its loss by value, and steps of training with it.
import {
  cIn,
  cOut,
  consistencyTrainer,
  cSkip,
  driftField,
  driftLoss,
  initTrainState,
  sigmaMax,
  trainProblems,
  trainStep,
} from "@imagefn/consistency";
import { grad, random, reshape, type Tensor } from "@imagefn/ops";
import { difference, evaluateAll } from "@imagefn/testing";
import t from "tap";
import {
  bits,
  engine,
  fixedImages,
  pixelwise,
  recording,
  scaling,
  tinyCmFunc,
  trainerOptions,
} from "./generators.js";
import { compile, gradientsOf, inputsOf, lossOf, stepOptions } from "./steps.js";

type Rows = readonly (readonly number[])[];

const temperatures = [0.02, 0.05, 0.2];
const apart = (x: readonly number[], y: readonly number[]) => Math.hypot(...x.map((v, c) => v - y[c]));
const total = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/** The drift as the paper's algorithm 2 and A.6 have it, in float64; without `others` the samples are those they flee. */
function driftByHand(x: Rows, real: Rows, others?: Rows): number[][] {
  const y = [...real, ...(others ?? x)];
  const sum = x.map((row) => row.map(() => 0));
  for (const tau of temperatures) {
    const k = x.map((a, i) =>
      y.map((b, j) =>
        !others && j === real.length + i ? 0 : Math.exp(-apart(a, b) / (tau * Math.sqrt(a.length))),
      ),
    );
    const columns = y.map((_, j) => total(k.map((row) => row[j])));
    const A = k.map((row) => row.map((v, j) => Math.sqrt((v / total(row)) * (v / columns[j]))));
    const V = x.map((row, i) => {
      const [near, off] = [total(A[i].slice(0, real.length)), total(A[i].slice(real.length))];
      const weights = A[i].map((a, j) => (j < real.length ? a * off : -a * near));
      return row.map((_, c) => total(weights.map((w, j) => w * y[j][c])));
    });
    const length = Math.sqrt(total(V.flat().map((v) => v * v)) / V.flat().length);
    V.forEach((row, i) => row.forEach((v, c) => (sum[i][c] += v / length)));
  }
  return sum;
}

const host = (rows: Rows) => ({
  shape: [rows.length, rows[0].length],
  data: Float32Array.from(rows.flat()),
});

/** n rows of N(0, 1) numbers. */
const rows = (n: number, width: number, at: number): number[][] => {
  const data = random(at).normal(n * width);
  return Array.from({ length: n }, (_, i) => [...data.subarray(i * width, (i + 1) * width)]);
};

t.test("the field: by value, and turned round where real and generated samples are exchanged", async (t) => {
  const [x, real, others] = [rows(3, 6, 1), rows(5, 6, 2), rows(4, 6, 3)];
  const of = async (a: Rows, b: Rows, c?: Rows) =>
    (
      await evaluateAll(
        engine,
        (x, real, others) => ({ V: driftField(x, real, c ? { generated: others } : {}) }),
        [a, b, c ?? a].map(host),
      )
    ).V.data;
  const near = (a: ArrayLike<number>, b: ArrayLike<number>) => difference(a, b, { rtol: 1e-4, atol: 1e-4 });
  t.equal(near(await of(x, real), driftByHand(x, real).flat()), undefined, "away from the other samples");
  const there = await of(x, real, others);
  t.equal(near(there, driftByHand(x, real, others).flat()), undefined, "away from given ones");
  const back = await of(x, others, real);
  t.equal(
    near(
      back.map((v) => -v),
      there,
    ),
    undefined,
    "exchanged, so that it is 0 between equal sets",
  );
});

t.test("the loss: scaled by the distances of real images, and its gradient along the drift", async (t) => {
  // Two features of different widths and units.
  const features = [
    { x: rows(3, 6, 1), real: rows(5, 6, 2) },
    {
      x: rows(3, 2, 4).map((row) => row.map((v) => 100 * v)),
      real: rows(5, 2, 5).map((row) => row.map((v) => 70 * v)),
    },
  ];
  const found = await evaluateAll(
    engine,
    (a, b, c, d) => {
      const loss = driftLoss([a, b], [c, d]);
      const [first, second, real] = grad(loss, [a, b, c]) as Tensor[];
      return { loss, first, second, real };
    },
    [features[0].x, features[1].x, features[0].real, features[1].real].map(host),
  );
  const losses: number[] = [];
  for (const [j, { x, real }] of features.entries()) {
    const pairs = real.flatMap((a, i) => real.flatMap((b, k) => (i === k ? [] : [apart(a, b)])));
    const scale = (Math.sqrt(x[0].length) * pairs.length) / total(pairs);
    const scaled = (set: Rows) => set.map((row) => row.map((v) => v * scale));
    const V = driftByHand(scaled(x), scaled(real)).flat();
    losses.push(total(V.map((v) => v * v)) / V.length);
    const gradient = V.map((v) => (-2 * scale * v) / V.length / 2);
    const most = Math.max(...gradient.map(Math.abs));
    const { data } = j === 0 ? found.first : found.second;
    t.equal(difference(data, gradient, { rtol: 1e-3, atol: 1e-3 * most }), undefined, `feature ${j}`);
  }
  t.equal(difference(found.loss.data, [total(losses) / 2], { rtol: 1e-4 }), undefined, "loss");
  t.ok(
    found.real.data.every((v) => v === 0),
    "real images stay where they are",
  );
  const alike = [
    [1, 2],
    [1, 2],
    [1, 2],
  ];
  const { loss } = await evaluateAll(
    engine,
    (a, b) => ({ loss: driftLoss([a], [b]) }),
    [alike, alike].map(host),
  );
  t.equal(loss.data[0], 0, "images that are all alike");
  const one = { shape: [1, 2], data: new Float32Array(2) };
  await t.rejects(
    evaluateAll(engine, (a) => ({ loss: driftLoss([a], [a]) }), [one]),
    { message: /takes 2 or more samples of each kind \(got 1\)/ },
  );
  await t.rejects(
    evaluateAll(engine, (a) => ({ loss: driftLoss([a, a], [a]) }), [one]),
    { message: /same features of generated and real images \(got 2 and 1\)/ },
  );
});

const pixels = (x: Tensor) => [reshape(x, [x.shape[0], -1])];

t.test(
  "a step: the gradient is that of the distance and of the drift of samples; the loss is the distance",
  async (t) => {
    const w = 0.3;
    const options = stepOptions(scaling, { drift: pixels, driftImages: 3, driftReal: 4, driftWeight: 0.7 });
    const state = initTrainState(scaling.init(random(0)), options);
    const inputs = inputsOf(options);
    const [noise, real] = [rows(3, 12, 8), rows(4, 12, 9)];
    const drifting = await compile({ ...options, drifting: true }, state);
    const plain = await compile(options, state);
    const drifted = { ...inputs, driftNoise: host(noise).data, driftReal: host(real).data };
    t.equal(await lossOf(drifting, drifted), await lossOf(plain, inputs), "loss");

    const sampled = (w: number) =>
      noise.map((row) =>
        row.map((z) => sigmaMax * z * (cSkip(sigmaMax) + cOut(sigmaMax) * cIn(sigmaMax) * w)),
      );
    const pairs = real.flatMap((a, i) => real.flatMap((b, k) => (i === k ? [] : [apart(a, b)])));
    const scale = (Math.sqrt(12) * pairs.length) / total(pairs);
    const scaled = (set: Rows) => set.map((row) => row.map((v) => v * scale));
    const V = driftByHand(scaled(sampled(w)), scaled(real)).flat();
    const slope = sampled(w + 0.5)
      .flat()
      .map((v, i) => v - sampled(w - 0.5).flat()[i]);
    const own = 0.7 * total(V.map((v, i) => (-2 * scale * v * slope[i]) / V.length));
    const gradient = async (runnable: typeof plain) => (await gradientsOf(runnable)).get("w")!.data[0];
    const both = (await gradient(drifting)) - (await gradient(plain));
    t.ok(Math.abs(own) > 0.01, "there is a gradient");
    t.equal(difference([both], [own], { rtol: 1e-3 }), undefined, "gradient");
    t.throws(
      () => trainStep({ ...options, driftImages: 1 }, state),
      /driftImages is 1: expected a whole number of at least 2/,
    );
  },
);

t.test("the last steps of a run drift, and a resumed run goes on bit for bit", async (t) => {
  const K = 6;
  const { engine: watched, runs } = recording(engine);
  const settings = trainerOptions(tinyCmFunc, 4, {
    ...{ engine: watched, parameterisation: "function", trajectory: "teacher", denoise: 0.34 },
    ...{
      drift: pixels,
      driftFrom: 0.66,
      driftImages: 2,
      driftReal: 3,
      driftData: fixedImages(tinyCmFunc, 3),
    },
  });
  const params = tinyCmFunc.init(random(3));
  const steps = async (
    from: number,
    to: number,
    changes = {},
    restored?: Parameters<typeof consistencyTrainer>[2],
  ) => {
    const trainer = await consistencyTrainer(
      { ...settings, ...changes, begin: { k: from, K } },
      params,
      restored,
    );
    for (let k = from; k < to; k++) await trainer.step(k, K);
    const state = await trainer.read();
    await trainer.dispose();
    return state;
  };
  const whole = await steps(0, K);
  const drawn = runs.map(({ driftNoise }) => driftNoise);
  t.same(
    drawn.map((x) => x?.length),
    [undefined, undefined, undefined, undefined, 96, 96],
    "steps 4 and 5",
  );
  t.notSame(drawn[4], drawn[5], "other samples in each step");
  t.notSame(
    runs[4].driftCoordinates.subarray(0, 32),
    runs[4].driftCoordinates.subarray(32),
    "each with a jitter",
  );
  t.same(bits(await steps(5, K, {}, await steps(0, 5))), bits(whole), "resumed");

  const [before, without] = [await steps(0, 4), await steps(0, 4, { drift: null })];
  t.same(bits(before), bits(without), "steps before it are as without");
  t.notSame(bits(await steps(4, K, { drift: null }, before)), bits(whole));
});

t.test("what cannot drift is refused", async (t) => {
  const needs = { ...trainerOptions(pixelwise, 4), drift: pixels, driftData: fixedImages(pixelwise, 64) };
  const start = (changes: object) => consistencyTrainer({ ...needs, ...changes }, pixelwise.init(random(3)));
  const ranks = { rank: 0, size: 2, sum: async () => {} };
  const cases: [object, RegExp][] = [
    [{ generator: { ...pixelwise, classes: 2 } }, /the generator has classes.*\(got 2, expected 0\)/],
    [{ ranks }, /several processes train together.*\(got 2, expected 1\)/],
    [
      { driftData: undefined },
      /driftData is not: expected a function of the step that gives driftReal images/,
    ],
    [{ driftReal: 1 }, /driftReal is 1: expected a whole number of at least 2/],
    [{ driftWeight: -1 }, /driftWeight is -1: expected a number of at least 0/],
    [{ accumulate: 2 }, /accumulate is 2, but drift is given/],
    [
      { objective: "diffusion", distance: "l2" },
      /drift is given, but objective "diffusion" trains a denoiser/,
    ],
    [{ denoise: 0.95 }, /driftFrom is 0\.9, but denoise is 0\.95/],
  ];
  for (const [changes, message] of cases) await t.rejects(start(changes), { message });
  t.same(trainProblems({ drift: null, denoise: 0.95, driftImages: 0 }), [], "nothing is asked without");
  t.same(trainProblems({ drift: pixels, objective: "distill", denoise: 0.95 }), [], "no step denoises then");
});
