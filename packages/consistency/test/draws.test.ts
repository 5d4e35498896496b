// What a step is given: draws that belong to samples rather than batches, schedules, and pairs of images and noise.
import {
  type ConsistencyTrainerOptions,
  consistencyTrainer,
  type Generator,
  karrasGrid,
  pretrainer,
  progressive,
  type StepResult,
  targetRate,
} from "@imagefn/consistency";
import { radam, random } from "@imagefn/ops";
import t from "tap";
import {
  engine,
  joined,
  pretrainerOptions,
  recording,
  scaling,
  tinyCmFunc,
  trainerOptions,
} from "./generators.js";

/** A network of one number that is given what a CM-Func is. */
const generator: Generator = {
  ...scaling,
  shape: tinyCmFunc.shape,
  coordinates: tinyCmFunc.coordinates,
  reconstruct: (params, x) => scaling.apply(params, x, x, {}),
};
const params = generator.init(random(0));

/** What the given steps of K were given, and what they measured. */
async function drawn(
  steps: readonly number[],
  K: number,
  batch: number,
  changes: Partial<ConsistencyTrainerOptions> = {},
) {
  const { engine: outer, runs } = recording(engine);
  const options = trainerOptions(generator, batch, { engine: outer, ...changes });
  const trainer = await consistencyTrainer(options, params);
  const results: StepResult[] = [];
  for (const k of steps) results.push(await trainer.step(k, K));
  await trainer.dispose();
  return { runs, results };
}

/** What the first steps of pre-training were given. */
async function drawnInPretraining(steps: number, batch: number) {
  const { engine: outer, runs } = recording(engine);
  const n = batch * 48;
  const data = () => ({ images: random(1).normal(n) });
  const trainer = await pretrainer(pretrainerOptions(batch, { engine: outer, generator, data }), params);
  for (let k = 0; k < steps; k++) await trainer.step(k, steps);
  await trainer.dispose();
  return runs;
}

t.test("what a sample is given does not depend on the batch size", async (t) => {
  // Eleven levels at every step, whatever the batch size.
  const levels = { grid: "doubling", s0: 10, s1: 10 } as const;
  const one = await drawn([0, 1], 2, 8, levels);
  const two = await drawn([0, 1, 2, 3], 4, 4, levels);
  for (const name of ["noise", "coordinates", "sigmaLow", "sigmaHigh"]) {
    const all = ({ runs }: typeof one) => joined(runs.map((run) => run[name]));
    t.same(all(one), all(two), name);
    t.ok(new Set(all(one)).size > 4, `${name} varies`);
  }
  const coordinates = (runs: Record<string, Float32Array>[]) => joined(runs.map((run) => run.coordinates));
  t.same(
    coordinates(await drawnInPretraining(2, 8)),
    coordinates(await drawnInPretraining(4, 4)),
    "coordinates in pre-training",
  );
});

t.test("draws depend on the seed and the step", async (t) => {
  const { runs } = await drawn([0, 1, 0], 4, 4);
  const other = await drawn([0], 4, 4, { seed: 1 });
  for (const name of ["noise", "coordinates"]) {
    t.same(runs[2][name], runs[0][name], `${name} of the same step`);
    t.notSame(runs[1][name], runs[0][name], `${name} of another step`);
    t.notSame(other.runs[0][name], runs[0][name], `${name} of another seed`);
  }
});

t.test("coordinates: jittered within a quarter of a cell while training, or not at all", async (t) => {
  const grid = tinyCmFunc.coordinates(8);
  // 0.5 / max(h, w), a quarter of a cell of 2 / 4.
  const amplitude = 0.125;
  const lists = {
    training: (await drawn([0, 1], 2, 8)).runs,
    "pre-training": await drawnInPretraining(2, 8),
  };
  for (const [name, runs] of Object.entries(lists)) {
    const jitter = joined(runs.map(({ coordinates }) => coordinates.map((c, i) => c - grid[i])));
    t.ok(
      jitter.every((e) => Math.abs(e) <= amplitude + 1e-7),
      `${name}: bounds`,
    );
    const std = Math.sqrt(jitter.reduce((s, e) => s + e * e, 0) / jitter.length);
    // 512 numbers of standard deviation 0.275 / 4: 3 % is one standard error.
    t.ok(Math.abs(std / (0.275 / 4) - 1) < 0.12, `${name}: spread ${std}`);
    t.ok(
      jitter.some((e) => Math.abs(e) > amplitude - 1e-6),
      `${name}: clipped at the bounds`,
    );
  }
  const still = await drawn([0], 2, 8, { variationalCoordinates: false });
  t.same(still.runs[0].coordinates, grid, "none where it is turned off");
});

t.test("what a step is given follows the schedules", async (t) => {
  const K = 10;
  const { runs, results } = await drawn(
    Array.from({ length: K }, (_, k) => k),
    K,
    4,
    { decayFrom: 0.5, decayTo: 0.1, learningRate: 0.01 },
  );
  for (const [k, { N, learningRate }] of results.entries()) {
    t.equal(N, progressive(k, K));
    const grid = Float32Array.from(karrasGrid(N!));
    const { sigmaLow, sigmaHigh, mu, weight, coefficients } = runs[k];
    t.ok(
      sigmaLow.every((s, b) => grid.indexOf(s) >= 0 && sigmaHigh[b] === grid[grid.indexOf(s) + 1]),
      "a pair of neighbours",
    );
    t.same(mu, Float32Array.of(targetRate(N! - 1, { s0: 2, mu0: 0.95 })));
    t.same(weight, new Float32Array(4).fill(1));
    const rate = 0.01 * (k <= 4 ? 1 : 1 - (0.9 * (k / 9 - 0.5)) / 0.5);
    t.ok(Math.abs(learningRate - rate) < 1e-9, `the rate at ${k}`);
    t.same(coefficients, radam().coefficients(k + 1, learningRate), "the optimiser's step is k + 1");
  }
});

/** Images of pixels [3, 4, 4], a batch of one for each of 100 steps. */
const images = (k: number) => random(9).normal(48, k);
const distance = (a: Float32Array, b: Float32Array) => a.reduce((s, v, i) => s + (v - b[i]) ** 2, 0);

function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((p) =>
    Array.from({ length: n }, (_, at) => [...p.slice(0, at), n - 1, ...p.slice(at)]),
  );
}

t.test("optimal transport: the cheapest of all pairings within a pool of four", async (t) => {
  const steps = Array.from({ length: 12 }, (_, k) => k);
  const data = (k: number) => ({ images: images(k) });
  const at = (coupling?: "independent" | "optimal-transport") =>
    drawn(steps, 12, 1, { data, coupling, couplingPool: 4 });
  const plain = (await at("independent")).runs.map(({ noise }) => noise);
  const paired = (await at("optimal-transport")).runs.map(({ noise }) => noise);
  const unsaid = (await at()).runs.map(({ noise }) => noise);
  t.same(unsaid, plain, "independent where nothing is said");
  let moved = 0;
  for (const pool of [0, 4, 8]) {
    const own = plain.slice(pool, pool + 4);
    const cost = (order: number[]) => order.reduce((s, z, i) => s + distance(images(pool + i), own[z]), 0);
    const cheapest = permutations(4).reduce((best, p) => (cost(p) < cost(best) ? p : best));
    t.same(
      paired.slice(pool, pool + 4),
      cheapest.map((z) => own[z]),
      `steps ${pool} to ${pool + 3}`,
    );
    moved += cheapest.filter((z, i) => z !== i).length;
  }
  t.ok(moved > 0, "which is not the order of the draws");
  const resumed = await drawn([6, 7, 8], 12, 1, { data, coupling: "optimal-transport", couplingPool: 4 });
  t.same(
    resumed.runs.map(({ noise }) => noise),
    paired.slice(6, 9),
    "from the middle of a pool on",
  );
});

t.test("optimal transport keeps noise independent of the class", async (t) => {
  const classes = 2;
  const batch = 8;
  const labels = Float32Array.from({ length: batch }, (_, b) => b % classes);
  const data = (k: number) => ({ images: random(9).normal(batch * 48, k), labels });
  const conditional: Generator = { ...generator, classes };
  const draw = async (coupling: "independent" | "optimal-transport") => {
    const { runs } = await drawn([0, 1, 2, 3], 4, batch, {
      data,
      coupling,
      couplingPool: 32,
      generator: conditional,
    });
    return runs.flatMap(({ noise }) => Array.from(labels, (_, b) => noise[b * 48]));
  };
  const [plain, paired] = [await draw("independent"), await draw("optimal-transport")];
  const ofClass = (all: number[], c: number) => all.filter((_, i) => i % classes === c);
  for (let c = 0; c < classes; c++)
    t.same(ofClass(paired, c).sort(), ofClass(plain, c).sort(), `class ${c} keeps its noise`);
  t.notSame(paired, plain);
});
