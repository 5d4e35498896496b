// Trainers: the same bits for the same seed, exact resume, and draws that belong to samples rather than batches.
import {
  type ConsistencyTrainerOptions,
  consistencyTrainer,
  type Generator,
  initPretrainState,
  karrasGrid,
  l2,
  pretrainer,
  progressive,
  type Trainer,
  targetRate,
} from "@imagefn/consistency";
import {
  adam,
  type HostArray,
  leaves,
  mapTree,
  radam,
  random,
  readSafetensors,
  writeSafetensors,
} from "@imagefn/ops";
import { cmFunc } from "@imagefn/transformer";
import t from "tap";
import {
  awake,
  bits,
  engine,
  fixedImages,
  initialState,
  joined,
  pixelwise,
  pretrainerOptions,
  recording,
  tinyCmFunc,
  trainerOptions,
} from "./generators.js";

const params = awake(tinyCmFunc.init(random(3)));
const K = 10;

/** A trainer in its initial state. */
const fresh = (changes: Partial<ConsistencyTrainerOptions> = {}, generator: Generator = tinyCmFunc) => {
  const options = trainerOptions(generator, 4, changes);
  return consistencyTrainer(
    options,
    initialState(options, generator === tinyCmFunc ? params : generator.init(random(3))),
  );
};

async function losses(trainer: Trainer, from: number, to: number): Promise<number[]> {
  const out = [];
  for (let k = from; k < to; k++) out.push((await trainer.step(k, K)).loss);
  return out;
}

/** State as a checkpoint brings it back. */
const throughFile = async (trainer: Trainer) =>
  readSafetensors(writeSafetensors(await trainer.read())).tensors;

t.test("consistency training: same seed, same bits; resumed, same bits", async (t) => {
  const changes = { targetEma: true, emaRates: [0.9, 0.99], clipNorm: 1 };
  const [a, b, c, d] = [
    await fresh(changes),
    await fresh(changes),
    await fresh(changes),
    await fresh({ ...changes, seed: 1 }),
  ];
  const whole = await losses(a, 0, K);
  const end = bits(await a.read());
  t.ok(whole.every(Number.isFinite));

  const first = await losses(b, 0, 5);
  const half = await throughFile(b);
  const rest = await losses(b, 5, K);
  t.same([...first, ...rest], whole, "the same losses");
  t.same(bits(await b.read()), end, "the same state, although it was read half-way");

  await losses(c, 0, 2);
  await c.write(half);
  t.same(await losses(c, 5, K), whole.slice(5), "the same losses after a resume");
  t.same(bits(await c.read()), end, "the same state after a resume");

  t.not((await losses(d, 0, 1))[0], whole[0], "another seed gives other losses");
  await Promise.all([a, b, c, d].map((trainer) => trainer.dispose()));
});

t.test("pre-training: same seed, same bits; resumed, same bits", async (t) => {
  const start = () => pretrainer(pretrainerOptions(4), initPretrainState(params, adam()));
  const [a, b, c] = [await start(), await start(), await start()];
  const whole = await losses(a, 0, K);
  const first = await losses(b, 0, 5);
  await c.write(await throughFile(b));
  t.same([...first, ...(await losses(c, 5, K))], whole);
  t.same(bits(await c.read()), bits(await a.read()));
  await Promise.all([a, b, c].map((trainer) => trainer.dispose()));
});

/** What the steps of a run were given, for a batch size and a number of steps. */
async function given(batch: number, steps: number) {
  const { engine: outer, runs } = recording(engine);
  // Eleven levels at every step, whatever the batch size.
  const options = trainerOptions(tinyCmFunc, batch, { engine: outer, grid: "doubling", s0: 10, s1: 10 });
  const trainer = await consistencyTrainer(options, initialState(options, params));
  for (let k = 0; k < steps; k++) await trainer.step(k, steps);
  await trainer.dispose();
  const pre = recording(engine);
  const pretraining = await pretrainer(
    pretrainerOptions(batch, { engine: pre.engine }),
    initPretrainState(params, adam()),
  );
  for (let k = 0; k < steps; k++) await pretraining.step(k, steps);
  await pretraining.dispose();
  return { runs, pretrainRuns: pre.runs };
}

const eights = given(8, 2);

t.test("what a sample is given does not depend on the batch size", async (t) => {
  const [one, two] = [await eights, await given(4, 4)];
  for (const name of ["noise", "coordinates", "sigmaLow", "sigmaHigh"]) {
    const all = (runs: Record<string, Float32Array>[]) => joined(runs.map((run) => run[name]));
    t.same(all(one.runs), all(two.runs), name);
    t.ok(new Set(all(one.runs)).size > 4, `${name} varies`);
  }
  const pretrain = (runs: Record<string, Float32Array>[]) => joined(runs.map((run) => run.coordinates));
  t.same(pretrain(one.pretrainRuns), pretrain(two.pretrainRuns), "coordinates in pre-training");
});

t.test("coordinates: jittered within a quarter of a cell while training, or not at all", async (t) => {
  const { runs, pretrainRuns } = await eights;
  const grid = tinyCmFunc.coordinates(8);
  // 0.5 / max(h, w), a quarter of a cell of 2 / 4.
  const amplitude = 0.125;
  for (const [name, list] of Object.entries({ training: runs, "pre-training": pretrainRuns })) {
    const jitter = joined(list.map(({ coordinates }) => coordinates.map((c, i) => c - grid[i])));
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
  t.notSame(runs[0].coordinates, runs[1].coordinates, "new jitter at every step");

  const { engine: outer, runs: still } = recording(engine);
  const trainer = await fresh({ engine: outer, variationalCoordinates: false });
  await trainer.step(0, K);
  t.same(still[0].coordinates, tinyCmFunc.coordinates(4), "none where it is turned off");
  await trainer.dispose();
});

t.test("what a step is given follows the schedules", async (t) => {
  const { engine: outer, runs } = recording(engine);
  const trainer = await fresh(
    { engine: outer, decayFrom: 0.5, decayTo: 0.1, learningRate: 0.01, optimizer: "radam" },
    pixelwise,
  );
  for (let k = 0; k < K; k++) {
    const { N, learningRate } = await trainer.step(k, K);
    t.equal(N, progressive(k, K));
    const grid = Float32Array.from(karrasGrid(N!));
    const { sigmaLow, sigmaHigh, mu, weight, coefficients } = runs[k];
    t.ok(
      sigmaLow.every((s, b) => grid.indexOf(s) >= 0 && sigmaHigh[b] === grid[grid.indexOf(s) + 1]),
      "a pair of neighbours",
    );
    t.same(mu, Float32Array.of(targetRate(N! - 1, { s0: 2, mu0: 0.95 })));
    t.same(weight, new Float32Array(4).fill(1));
    t.equal(learningRate, 0.01 * (k <= 4 ? 1 : 1 - (0.9 * (k / 9 - 0.5)) / 0.5), `rate at ${k}`);
    t.same(coefficients, radam().coefficients(k + 1, learningRate));
  }
  await trainer.dispose();
});

t.test("a generator of pixels, Adam, and a distance of one's own", async (t) => {
  const named = await fresh({ optimizer: "adam", distance: "l2", targetEma: false }, pixelwise);
  const own = await fresh({ optimizer: "adam", distance: l2, targetEma: false }, pixelwise);
  const a = await losses(named, 0, K);
  t.same(await losses(own, 0, K), a);
  const state = await named.read();
  t.notOk(
    [...state.keys()].some((path) => path.startsWith("target")),
    "no target to keep",
  );
  t.same(
    [...(await named.read("emas.0")).keys()],
    leaves<HostArray>(pixelwise.init(random(3))).map(([path]) => `emas.0.${path}`),
  );
});

t.test("classes go in as labels", async (t) => {
  const conditional = cmFunc({ ...tinyCmFunc.config, classes: 3 }, [4, 4]);
  // Labels go through a layer that begins at zero.
  const start = mapTree(awake(conditional.init(random(3))), (x: HostArray) => x);
  const first = async (labels?: Float32Array) => {
    const { images } = fixedImages(conditional, 4)();
    const options = trainerOptions(conditional, 4, { data: () => ({ images, labels }) });
    const trainer = await consistencyTrainer(options, initialState(options, start));
    const { loss } = await trainer.step(0, K);
    await trainer.dispose();
    return loss;
  };
  const a = await first(Float32Array.of(0, 1, 2, 0));
  t.equal(await first(Float32Array.of(0, 1, 2, 0)), a);
  t.not(await first(Float32Array.of(0, 1, 2, 1)), a, "another class, another loss");
  await t.rejects(first(), { message: /input "labels" \[4\] is missing/ });
});

t.test("a loss that is not a number ends training", async (t) => {
  let images = new Float32Array(4 * 12);
  const trainer = await fresh({ data: () => ({ images }) }, pixelwise);
  await trainer.step(0, K);
  images = images.map(() => Number.NaN);
  await t.rejects(trainer.step(3, K), {
    message:
      "consistency: the loss of training step 3 is NaN (expected a finite number). " +
      "Lower the learning rate, or limit the gradient with clipNorm, and go on from the last checkpoint.",
  });
  images = images.map(() => Number.POSITIVE_INFINITY);
  await t.rejects(trainer.step(4, K), {
    message: /^consistency: the loss of training step 4 is (NaN|Infinity) /,
  });
  await trainer.dispose();
});

t.test("training lowers the loss at fixed draws", async (t) => {
  // Each image is of one colour.
  const images = Float32Array.from({ length: 4 * 48 }, (_, i) => Math.sin(Math.floor(i / 16)));
  const data = () => ({ images });
  const trainer = await fresh({ data, learningRate: 0.01, targetEma: false, grid: "doubling", s0: 4, s1: 4 });
  // Step 0 again and again: the same images, noise and levels.
  const repeated: number[] = [];
  for (let i = 0; i < 40; i++) repeated.push((await trainer.step(0, K)).loss);
  t.ok(repeated[39] < 0.7 * repeated[0], `from ${repeated[0]} to ${repeated[39]}`);
  await trainer.dispose();
});
