// Schedules against the golden vectors and the numbers printed in the specification.
import {
  decay,
  doubling,
  karrasGrid,
  lognormalProbabilities,
  noiseLevels,
  pick,
  powerRate,
  progressive,
  sigmaMin,
  subIntervals,
  targetRate,
} from "@imagefn/consistency";
import { random } from "@imagefn/ops";
import { difference, golden } from "@imagefn/testing";
import t from "tap";

const all = golden("schedules").get("all")!;
const data = (name: string) => all.get(name).data;
/** The vectors are float64, and read as float32. */
const float32 = { rtol: 1.2e-7, atol: 0 };

const close = (actual: number, expected: number, tolerance: number) =>
  Math.abs(actual - expected) <= tolerance;

t.test("golden noise grids", async (t) => {
  for (const N of [2, 3, 11, 40, 151])
    t.equal(difference(karrasGrid(N), data(`karras_${N}`), float32), undefined, `N = ${N}`);
});

t.test("noise grids of the specification", async (t) => {
  const printed = [
    0.002, 0.0075, 0.0229, 0.0599, 0.1395, 0.2964, 0.5853, 1.0882, 1.9233, 3.2568, 5.3152, 8.4009, 12.9101,
    19.3525, 28.3746, 40.7856, 57.586, 80,
  ];
  t.equal(difference(karrasGrid(18), printed, { rtol: 0, atol: 5.001e-5 }), undefined);
  const grid = karrasGrid(151);
  t.equal(difference(grid.slice(0, 3), [0.002, 0.00235516, 0.00276307], { rtol: 0, atol: 5e-9 }), undefined);
  t.equal(difference(grid.slice(-3), [74.35509, 77.133293, 80], { rtol: 0, atol: 5e-7 }), undefined);
  for (const N of [2, 18, 151, 1281]) {
    const sigmas = karrasGrid(N);
    t.equal(sigmas[0], 0.002, `sigma_1 of ${N} is exact`);
    t.equal(sigmas[N - 1], 80, `sigma_N of ${N} is exact`);
    t.ok(
      sigmas.every((s, i) => i === 0 || s > sigmas[i - 1]),
      `the grid of ${N} rises`,
    );
  }
  for (const N of [1, 2.5, Number.NaN])
    t.throws(() => karrasGrid(N), { message: `consistency: a noise grid has at least 2 levels (got ${N})` });
});

t.test("noise grids without the low levels", async (t) => {
  const whole = Array.from(karrasGrid(11));
  t.same(Array.from(karrasGrid(11, 0.2)), [0.002, ...whole.slice(3)], "0.302 and above");
  t.same(Array.from(karrasGrid(11, whole[3])), [0.002, ...whole.slice(3)]);
  t.same(Array.from(karrasGrid(2, 79)), [0.002, 80]);
  const settings = { denoise: 0.5, s0: 10, s1: 10, grid: "doubling", lowest: 0.2 } as const;
  const levels = (k: number) => noiseLevels(settings, { k, K: 10 }, (b) => (b % 100) / 100, 100);
  t.equal(new Set(levels(0).sigmaHigh).size, 10, "denoising keeps all levels");
  t.same(new Set(levels(9).sigmaHigh), new Set(Float32Array.from(whole.slice(3))));
  t.equal(Math.min(...levels(9).sigmaLow), Math.fround(0.002), "the lowest one's target is the image");
});

t.test("N(k) of the golden vectors", async (t) => {
  const K = 400_000;
  t.same(
    Array.from(data("Nk_k"), (k) => progressive(k, K)),
    Array.from(data("Nk_K400000_s0_2_s1_150")),
  );
  const steps = Array.from({ length: 201 }, (_, k) => k);
  t.same(
    steps.map((k) => progressive(k, 200)),
    Array.from(data("Nk_k_0_to_200_K200")),
  );
  t.same(
    steps.map((k) => doubling(k, 200)),
    Array.from(data("Nk_ict_k_0_to_200_K200_s0_10_s1_1280")),
  );
});

t.test("N(k) of the specification", async (t) => {
  const tables: [K: number, Record<number, number>][] = [
    [
      900_000,
      {
        0: 2,
        1: 3,
        200: 4,
        1000: 6,
        10000: 17,
        50000: 36,
        100000: 51,
        225000: 76,
        450000: 107,
        675000: 131,
        899999: 151,
        900000: 151,
      },
    ],
    [400_000, { 1000: 8, 10000: 24, 50000: 54, 100000: 76, 200000: 107, 300000: 131 }],
  ];
  for (const [K, table] of tables)
    for (const [k, N] of Object.entries(table)) {
      t.equal(progressive(Number(k), K), N, `k = ${k} of ${K}`);
      t.equal(subIntervals(Number(k), K), N - 1);
    }
  t.equal(subIntervals(0, 100, { s0: 0, s1: 5 }), 1, "never less than one interval");
  const changes = [0, 50_000, 100_000, 150_000, 200_000, 250_000, 300_000, 350_000];
  t.same(
    changes.map((k) => doubling(k, 400_000)),
    [11, 21, 41, 81, 161, 321, 641, 1281],
  );
  t.same(
    changes.slice(1).map((k) => doubling(k - 1, 400_000)),
    [11, 21, 41, 81, 161, 321, 641],
    "one step earlier N is still the one before",
  );
  t.equal(doubling(399_999, 400_000), 1281);
  t.equal(doubling(2, 3, { s0: 10, s1: 80 }), 41, "runs shorter than the doublings");
});

t.test("mu(k)", async (t) => {
  const N = data("mu_adaptive_N");
  t.equal(
    difference(
      Array.from(N, (n) => targetRate(n - 1, { s0: 2, mu0: 0.9 })),
      data("mu_adaptive_s0_2_mu0_0.9"),
      float32,
    ),
    undefined,
    "golden",
  );
  const printed: [mu0: number, Record<number, number>][] = [
    [0.95, { 1: 0.9025, 2: 0.95, 10: 0.989794, 50: 0.99795, 100: 0.998975, 150: 0.999316 }],
    [0.9, { 1: 0.81, 2: 0.9, 10: 0.979148, 50: 0.995794, 100: 0.997895, 150: 0.998596 }],
  ];
  for (const [mu0, table] of printed)
    for (const [q, mu] of Object.entries(table))
      t.ok(close(targetRate(Number(q), { s0: 2, mu0 }), mu, 5.1e-7), `mu0 ${mu0}, q ${q}`);
});

t.test("an average that forgets in proportion to the steps", async (t) => {
  t.equal(powerRate(0), 0, "the first parameters replace those before");
  t.ok(close(powerRate(1), 0.004073, 1e-6));
  t.ok(close(powerRate(999), 0.992088, 1e-6));
  // The weights of all steps so far: their spread over time is a tenth of the time (Karras et al. 2024, sigma_rel).
  const K = 2000;
  let [weights, mean, square] = [1, 0, 0];
  for (let k = K - 1; k >= 0; k--) {
    const weight = weights * (1 - powerRate(k));
    weights *= powerRate(k);
    mean += weight * (k / K);
    square += weight * (k / K) ** 2;
  }
  t.ok(close(mean, 0.888, 2e-3), `mean ${mean}`);
  t.ok(close(Math.sqrt(square - mean ** 2), 0.1, 2e-3), "sigma_rel");
});

t.test("iCT's probabilities of noise levels", async (t) => {
  const printed = [0.06263, 0.18174, 0.2455, 0.21349, 0.14245, 0.0806, 0.04108, 0.01958, 0.00894, 0.00398];
  t.equal(difference(lognormalProbabilities(karrasGrid(11)), printed, { rtol: 0, atol: 5.1e-6 }), undefined);
  const p = lognormalProbabilities(karrasGrid(40));
  t.equal(difference(p, data("ict_index_probs_N40"), { rtol: 1e-5, atol: 1e-7 }), undefined, "golden");
  for (const N of [2, 11, 1281]) {
    const probabilities = lognormalProbabilities(karrasGrid(N));
    t.ok(
      probabilities.every((v) => v > 0),
      `all positive for N = ${N}`,
    );
    t.ok(
      close(
        probabilities.reduce((a, b) => a + b, 0),
        1,
        1e-12,
      ),
      `sum 1 for N = ${N}`,
    );
  }
});

t.test("picking an index", async (t) => {
  t.same(
    [0, 0.24, 0.25, 0.74, 0.75, 1].map((u) => pick(u, 4)),
    [0, 0, 1, 2, 3, 3],
  );
  const p = Float64Array.of(0.125, 0.5, 0.25, 0.125);
  t.same(
    [0, 0.12, 0.125, 0.62, 0.625, 0.87, 0.875, 0.999, 1].map((u) => pick(u, 4, p)),
    [0, 0, 1, 1, 2, 2, 3, 3, 3],
  );
});

t.test("learning-rate decay", async (t) => {
  const at = (shape: "linear" | "cosine") => (k: number) => decay(k, 101, { from: 0.5, to: 0.1, shape });
  for (const k of [0, 25, 50]) t.equal(at("linear")(k), 1, `1 at step ${k} of 101`);
  t.ok(close(at("linear")(75), 0.55, 1e-12), "half-way down in the middle of the second half");
  t.ok(close(at("linear")(100), 0.1, 1e-12), "the last step");
  t.ok(close(at("linear")(1000), 0.1, 1e-12), "no further down");
  t.ok(close(at("cosine")(75), 0.55, 1e-12));
  // 1 - 0.9 (1 - cos(pi / 4)) / 2
  t.ok(close(at("cosine")(62.5), 0.868198, 1e-6), "a slow start");
  t.ok(close(at("cosine")(100), 0.1, 1e-12));
  t.equal(decay(99, 100, { from: 1, to: 0.1, shape: "linear" }), 1, "from 1 on there is none");
  t.equal(decay(0, 1, { from: 0, to: 0.1, shape: "linear" }), 1, "a run of one step");
});

/** How often each lower level of an 11-level grid came up in 8,000 draws, and every pair's weight. */
function histogram(levels: "uniform" | "lognormal", weighting: "uniform" | "ict") {
  const level = random(11).stream("level");
  const options = { grid: "doubling", s0: 10, s1: 10, levels, weighting } as const;
  const batch = 8000;
  const drawn = noiseLevels(options, { k: 0, K: 10 }, (sample) => level.uniform(1, sample)[0], batch);
  const grid = Float32Array.from(karrasGrid(11));
  const counts = new Array<number>(10).fill(0);
  let neighbours = true;
  let weights = 0;
  for (let b = 0; b < batch; b++) {
    const i = grid.indexOf(drawn.sigmaLow[b]);
    counts[i]++;
    neighbours &&= drawn.sigmaHigh[b] === grid[i + 1];
    const expected = weighting === "ict" ? 1 / (grid[i + 1] - grid[i]) : 1;
    weights = Math.max(weights, Math.abs(drawn.weight[b] / expected - 1));
  }
  return { N: drawn.N, shares: counts.map((n) => n / batch), neighbours, weights };
}

t.test("noise levels are drawn as asked", async (t) => {
  const uniform = histogram("uniform", "uniform");
  t.equal(uniform.N, 11);
  t.ok(uniform.neighbours, "sigmaHigh is the level above sigmaLow");
  t.equal(uniform.weights, 0, "weight 1");
  // Four standard deviations of such a share in 8,000 draws.
  t.equal(difference(uniform.shares, new Array(10).fill(0.1), { rtol: 0, atol: 0.0135 }), undefined);
  const lognormal = histogram("lognormal", "ict");
  t.ok(lognormal.neighbours);
  t.ok(lognormal.weights < 1e-4, `weight 1 / (sigmaHigh - sigmaLow): ${lognormal.weights}`);
  const p = lognormalProbabilities(karrasGrid(11));
  const spread = p.map((v) => 4 * Math.sqrt((v * (1 - v)) / 8000));
  for (const [i, share] of lognormal.shares.entries())
    t.ok(Math.abs(share - p[i]) < spread[i], `level ${i}: ${share} of ${p[i]}`);
});

t.test("noise levels of any N, whatever the schedule", async (t) => {
  const options = { s0: 2, s1: 150, denoise: 0.5 };
  const draw = (N: number, k = 0) =>
    noiseLevels(options, { k, N }, (sample) => random(3).stream("level").uniform(1, sample)[0], 500);
  for (const N of [2, 3, 18, 1281]) {
    const grid = Float32Array.from(karrasGrid(N));
    const drawn = draw(N);
    t.equal(drawn.N, N);
    t.ok(
      drawn.sigmaLow.every((low, b) => {
        const i = grid.indexOf(low);
        return i >= 0 && drawn.sigmaHigh[b] === grid[i + 1];
      }),
      `N ${N}: neighbours of its grid`,
    );
    t.equal(new Set(draw(3).sigmaLow).size, 2, "no step denoises");
  }
  t.notSame(draw(18, 1).sigmaLow, draw(18).sigmaLow, "each step draws its own");
  t.throws(() => draw(1), { message: "consistency: a noise grid has at least 2 levels (got 1)" });
  t.throws(() => draw(2.5), { message: /at least 2 levels \(got 2\.5\)/ });
});

t.test("steps that denoise come first and have the image as their target", async (t) => {
  const options = {
    grid: "doubling",
    s0: 5,
    s1: 20,
    denoise: 0.4,
    levels: "uniform",
    weighting: "uniform",
  } as const;
  const at = (k: number) =>
    noiseLevels(options, { k, K: 100 }, (sample) => random(3).uniform(1, sample)[0], 64);
  for (const k of [0, 39]) {
    const { N, sigmaLow, sigmaHigh } = at(k);
    t.equal(N, 21, "the finest grid");
    t.ok(
      sigmaLow.every((sigma) => sigma === Math.fround(sigmaMin)),
      "f is the identity at the lowest level",
    );
    t.ok(new Set(sigmaHigh).size > 15, "every level of the grid but the lowest");
  }
  t.same(
    [40, 59, 60, 79, 80, 99].map((k) => at(k).N),
    [6, 6, 11, 11, 21, 21],
    "N(k) over what is left",
  );
  t.ok(at(40).sigmaLow.some((sigma) => sigma > 1));
});
