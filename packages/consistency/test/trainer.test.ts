// Trainers: the same bits for the same seed, exact resume, bad numbers, and the same training on two engines.
import {
  type ConsistencyTrainerOptions,
  consistencyTrainer,
  type Generator,
  initTrainState,
  l2,
  powerRate,
  pretrainer,
  type Trainer,
  trainStep,
} from "@imagefn/consistency";
import {
  type Engine,
  engine as engineNamed,
  type HostArray,
  leaves,
  type Runnable,
  random,
  readSafetensors,
  writeSafetensors,
} from "@imagefn/ops";
import { difference } from "@imagefn/testing";
import { cmFunc } from "@imagefn/transformer";
import t, { type Test } from "tap";
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

const params = awake(tinyCmFunc.init(random(3)));
const K = 10;
const { engine: gpujs } = await engineNamed({ name: "gpujs:cpu" });

/** A trainer in its initial state. */
const fresh = (changes: Partial<ConsistencyTrainerOptions> = {}, generator: Generator = tinyCmFunc) => {
  const options = trainerOptions(generator, 4, changes);
  return consistencyTrainer(options, generator === tinyCmFunc ? params : generator.init(random(3)));
};

async function losses(trainer: Trainer, from: number, to: number): Promise<number[]> {
  const out = [];
  for (let k = from; k < to; k++) out.push((await trainer.step(k, K)).loss);
  return out;
}

type Inputs = Parameters<Runnable["run"]>[0];

/** A runnable that also notes what each run is given. */
function spy(runnable: Runnable, inputs: Inputs[]): Runnable {
  const { run } = runnable;
  return Object.assign(runnable, {
    run: (given: Inputs) => {
      inputs.push(given);
      return run(given);
    },
  });
}

/** State as a checkpoint brings it back. */
const throughFile = async (trainer: Trainer) =>
  readSafetensors(writeSafetensors(await trainer.read())).tensors;

t.test("consistency training: same seed, same bits; resumed, same bits", async (t) => {
  const changes = { targetEma: true, emaRates: [0.9, 0.99], clipNorm: 1 };
  const [a, b, c] = [await fresh(changes), await fresh(changes), await fresh(changes)];
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
  await Promise.all([a, b, c].map((trainer) => trainer.dispose()));
});

t.test("pre-training: same seed, same bits; resumed, same bits", async (t) => {
  const start = () => pretrainer(pretrainerOptions(4), params);
  const [a, b, c] = [await start(), await start(), await start()];
  const whole = await losses(a, 0, K);
  const first = await losses(b, 0, 5);
  await c.write(await throughFile(b));
  t.same([...first, ...(await losses(c, 5, K))], whole);
  t.same(bits(await c.read()), bits(await a.read()));
  await Promise.all([a, b, c].map((trainer) => trainer.dispose()));
});

t.test(
  "denoising without the target's network: the same losses and the same state, bit for bit",
  async (t) => {
    for (const [changes, generator] of [
      [{ targetEma: true, emaRates: [0.9], clipNorm: 1 }, tinyCmFunc],
      [{ targetEma: false, distance: "l2", weighting: "ict" }, pixelwise],
      [{ parameterisation: "function" }, tinyCmFunc],
    ] as const) {
      const options = trainerOptions(generator, 4, { ...changes, denoise: 0.6, s0: 2, s1: 5 });
      const start = () => awake(generator.init(random(3)));
      const trainer = await consistencyTrainer(options, start());
      const initial = initTrainState(start(), options);
      // The whole step, network of the target included, at every step.
      const whole = await engine.compile(trainStep(options, initial), initial);
      const inputs: Inputs[] = [];
      const spied = await consistencyTrainer(
        {
          ...options,
          engine: { ...engine, compile: async (p, s) => spy(await engine.compile(p, s), inputs) },
        },
        start(),
      );
      for (let k = 0; k < K; k++) {
        const { loss } = await trainer.step(k, K);
        await spied.step(k, K);
        t.equal((await whole.run(inputs[k])).loss.data[0], loss, `loss of step ${k}`);
      }
      t.same(bits(await trainer.read()), bits(await whole.read()));
      t.same(inputs[5]!.sigmaLow, new Float32Array(4).fill(0.002), "step 5 still denoises");
      t.ok(
        (inputs[9]!.sigmaLow as Float32Array).some((sigma) => sigma > 0.01),
        "step 9 does not",
      );
      await Promise.all([trainer.dispose(), spied.dispose(), whole.dispose()]);
    }
  },
);

t.test("resumed on either side of the end of denoising: the same bits", async (t) => {
  const start = (begin?: ConsistencyTrainerOptions["begin"]) =>
    fresh({ denoise: 0.5, trajectory: "teacher", begin });
  const a = await start();
  const whole = await losses(a, 0, K);
  for (const k of [3, 5, 7]) {
    const b = await start();
    await losses(b, 0, k);
    const c = await start({ k, K });
    await c.write(await throughFile(b));
    t.same(await losses(c, k, K), whole.slice(k), `after ${k} steps`);
    t.same(bits(await c.read()), bits(await a.read()));
    await Promise.all([b.dispose(), c.dispose()]);
  }
  await a.dispose();
});

t.test("the teacher is the denoiser's average, and stays as it is afterwards", async (t) => {
  const trainer = await fresh({ denoise: 0.3, trajectory: "teacher" });
  const read = async (prefix: string) => {
    const state = await trainer.read(prefix);
    return Object.fromEntries([...state].map(([path, { data }]) => [path.slice(prefix.length + 1), data]));
  };
  const students: Record<string, Float32Array>[] = [];
  for (let k = 0; k < 3; k++) {
    await trainer.step(k, K);
    students.push(await read("params"));
  }
  const teacher = await read("teacher");
  const [, one, two] = [0, 1, 2].map(powerRate);
  for (const [path, data] of Object.entries(teacher)) {
    const [a, b, c] = students.map((params) => params[path]);
    const mean = a.map((v, i) => two * (one * v + (1 - one) * b[i]) + (1 - two) * c[i]);
    t.equal(difference(data, mean, { rtol: 1e-5, atol: 1e-7 }), undefined, path);
  }
  await losses(trainer, 3, K);
  t.same(await read("teacher"), teacher);
  t.notSame(await read("params"), students[2]);
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
  const { images } = fixedImages(conditional, 4)();
  let labels: Float32Array | undefined;
  const options = trainerOptions(conditional, 4, { data: () => ({ images, labels }) });
  const trainer = await consistencyTrainer(options, awake(conditional.init(random(3))));
  const start = await trainer.read();
  const first = async (...classes: number[]) => {
    labels = classes.length > 0 ? Float32Array.from(classes) : undefined;
    await trainer.write(start);
    return (await trainer.step(0, K)).loss;
  };
  const a = await first(0, 1, 2, 0);
  t.equal(await first(0, 1, 2, 0), a);
  t.not(await first(0, 1, 2, 1), a, "another class, another loss");
  await t.rejects(first(), {
    message: "consistency: labels of step 0: expected a Float32Array of 4 numbers (got undefined)",
  });
  await trainer.dispose();
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
  for (let i = 0; i < 120; i++) repeated.push((await trainer.step(0, K)).loss);
  t.ok(repeated[119] < 0.7 * repeated[0], `from ${repeated[0]} to ${repeated[119]}`);
  await trainer.dispose();
});

const tolerance = { rtol: 1e-4, atol: 1e-4 };

/** Three steps from the same state on both engines: losses, then everything that is kept. */
async function compare(t: Test, start: (on: Engine) => Promise<Trainer>) {
  const [a, b] = [await start(engine), await start(gpujs)];
  for (let k = 0; k < 3; k++) {
    const [one, two] = [await a.step(k, 3), await b.step(k, 3)];
    t.equal(difference([two.loss], [one.loss], tolerance), undefined, `loss of step ${k}`);
  }
  const [one, two] = [await a.read(), await b.read()];
  t.same([...two.keys()], [...one.keys()]);
  const moments = (path: string) => path.startsWith("moments.");
  const wrong = [...one].flatMap(([path, { data }]) => {
    // Sums of gradients of any size keep their relative error.
    const largest = moments(path) ? data.reduce((most, v) => Math.max(most, Math.abs(v)), 0) : 1;
    const found = difference(two.get(path)!.data, data, { rtol: 1e-4, atol: 1e-4 * Math.max(largest, 1e-6) });
    return found ? [`${path}: ${found}`] : [];
  });
  t.same(wrong, []);
  await Promise.all([a.dispose(), b.dispose()]);
}

t.test("consistency training: every part of a step agrees with GPU.js", (t) =>
  compare(t, (on) => {
    const options = trainerOptions(tinyCmFunc, 2, { engine: on, clipNorm: 1, learningRate: 0.01 });
    return consistencyTrainer(options, params);
  }),
);

t.test("pre-training agrees with GPU.js", (t) =>
  compare(t, (on) => pretrainer(pretrainerOptions(2, { engine: on }), params)),
);
