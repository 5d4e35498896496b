// A step in two programs, and several ranks or parts of a batch: the numbers of one process with the whole batch.
import {
  type ConsistencyTrainerOptions,
  consistencyTrainer,
  type Generator,
  initTrainState,
  pretrainer,
  type Ranks,
  type StepResult,
  type Trainer,
} from "@imagefn/consistency";
import { radam, random } from "@imagefn/ops";
import { ranksInMemory, tiny } from "@imagefn/testing";
import { cmFunc } from "@imagefn/transformer";
import t from "tap";
import { splitStep, wholeStep } from "../dist/stepParts.js";
import { trainParts } from "../dist/trainStep.js";
import {
  awake,
  bits,
  engine,
  fixedImages,
  pixelwise,
  pretrainerOptions,
  tinyCmFunc,
  tinyDit,
  tinyUnet,
  tinyUvit,
  trainerOptions,
} from "./generators.js";
import { inputsOf, stepOptions } from "./steps.js";
import { size } from "./tinyCmFunc.js";

t.setTimeout(120_000);

t.test("gradients of the part of a batch: divided without rounding, for powers of two", async (t) => {
  const options = stepOptions(tinyCmFunc);
  const state = initTrainState(awake(tinyCmFunc.init(random(3))), options);
  const step = trainParts(options, state);
  const owner = await engine.compile(splitStep(step).update, state);
  const [whole, quarter] = [
    await owner.reader(splitStep(step).gradients),
    await owner.reader(splitStep(step, 4).gradients),
  ];
  const { coefficients, mu, ...given } = inputsOf(options);
  const [one, part] = [await whole.run(given), await quarter.run(given)];
  t.ok(one.loss.data[0] > 0);
  for (const [name, { data }] of Object.entries(one))
    t.same(
      part[name].data.map((x) => 4 * x),
      data,
      name,
    );
  for (const runnable of [whole, quarter, owner]) await runnable.dispose();
});

t.test("a step in two programs has the bits of one", async (t) => {
  for (const generator of [tinyCmFunc, tinyDit, tinyUvit, tinyUnet])
    for (const clipNorm of generator === tinyCmFunc ? [0, 0.1] : [0.1]) {
      const options = stepOptions(generator, { clipNorm, emaRates: [0.9], targetEma: true });
      const state = initTrainState(awake(generator.init(random(3))), options);
      const step = trainParts(options, state);
      const whole = await engine.compile(wholeStep(step), state);
      const { gradients, update } = splitStep(step);
      const owner = await engine.compile(update, state);
      const reader = await owner.reader(gradients);
      for (let k = 0; k < 2; k++) {
        const { coefficients, mu, ...given } = inputsOf(options, {
          coefficients: radam().coefficients(k + 7, 0.01),
          mu: 0.9,
        });
        const one = await whole.run({ ...given, coefficients, mu });
        const { loss, ...found } = await reader.run(given);
        const two = await owner.run({ ...found, coefficients, mu });
        t.equal(loss.data[0], one.loss.data[0]);
        t.equal(two.gradientNorm?.data[0], one.gradientNorm?.data[0]);
      }
      t.same(bits(await owner.read()), bits(await whole.read()));
      await Promise.all([whole.dispose(), reader.dispose()]);
      await owner.dispose();
    }
});

/** Some steps of some ranks, each with its trainer: what each step gave, and the states in the end. */
async function together(
  size: number,
  start: (ranks: Ranks) => Promise<Trainer>,
  [from, to, K]: readonly [number, number, number] = [0, 10, 10],
) {
  return Promise.all(
    ranksInMemory(size).map(async (ranks) => {
      const trainer = await start(ranks);
      const results: StepResult[] = [];
      for (let k = from; k < to; k++) {
        await trainer.prepare(k, K);
        results.push(await trainer.step(k, K));
      }
      const state = await trainer.read();
      await trainer.dispose();
      return { results, losses: results.map(({ loss }) => loss), state };
    }),
  );
}

/** The largest difference of losses, in relation to them. */
const apart = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((x, i) => Math.abs(x - b[i]) / Math.max(1, Math.abs(b[i]))));

const conditional: Generator = cmFunc({ ...tiny.cmFunc, classes: 3 }, [size, size]);
/** 16 images, each of one of three classes. */
const labelled = () => ({
  ...fixedImages(conditional, 16)(),
  labels: Float32Array.from({ length: 16 }, (_, b) => b % 3),
});

type Changes = Omit<Partial<ConsistencyTrainerOptions>, "generator">;
const cases: readonly (readonly [string, Generator, Changes])[] = [
  [
    "16 images of three classes, two pools of 160, clipped",
    conditional,
    { data: labelled, batch: 16, coupling: "optimal-transport", couplingPool: 160, clipNorm: 0.5 },
  ],
  [
    "denoising first, targets that are averages",
    tinyCmFunc,
    { denoise: 0.4, targetEma: true, emaRates: [0.9] },
  ],
  ["the image function alone", tinyCmFunc, { parameterisation: "function", distance: "l1" }],
  ["weights by level", pixelwise, { weighting: "ict", levels: "lognormal" }],
];

for (const [i, [what, generator, changes]] of cases.entries())
  t.test(`ranks and parts: ${what}`, async (t) => {
    const start = (more: Changes) => (ranks: Ranks) =>
      consistencyTrainer(
        { ...trainerOptions(generator, 8, { s0: 2, s1: 5, ...changes }), ranks, ...more },
        awake(generator.init(random(3))),
      );
    const steps = i === 0 ? ([0, 20, 20] as const) : undefined;
    const [one] = await together(1, start({}), steps);
    const shared: readonly (readonly [size: number, accumulate: number])[] =
      i === 0
        ? [
            [2, 1],
            [4, 1],
            [1, 4],
          ]
        : [[2, 2]];
    for (const [size, accumulate] of shared) {
      const all = await together(size, start({ accumulate }), steps);
      t.ok(apart(all[0].losses, one.losses) < 1e-6, `${size} ranks, ${accumulate} parts`);
      for (const { losses, state } of all.slice(1)) {
        t.same(losses, all[0].losses);
        t.same(bits(state), bits(all[0].state), "all ranks end with the same bits");
      }
    }
  });

t.test("pre-training on two ranks and on four", async (t) => {
  const start = (ranks: Ranks) =>
    pretrainer({ ...pretrainerOptions(16), ranks }, awake(tinyCmFunc.init(random(3))));
  const [one] = await together(1, start, [0, 20, 20]);
  for (const size of [2, 4]) {
    const all = await together(size, start, [0, 20, 20]);
    t.ok(apart(all[0].losses, one.losses) < 1e-6, `${size} ranks`);
    for (const { state } of all.slice(1)) t.same(bits(state), bits(all[0].state));
  }
});

t.test("steps apart, and averages of the states between them", async (t) => {
  const start = (more: Changes) => (ranks: Ranks) =>
    consistencyTrainer(
      {
        ...trainerOptions(tinyCmFunc, 8, { targetEma: true, emaRates: [0.9] }),
        ranks,
        averageEvery: 4,
        ...more,
      },
      awake(tinyCmFunc.init(random(3))),
    );
  const half = await together(2, start({}), [0, 6, 10]);
  t.notSame(bits(half[0].state), bits(half[1].state), "after 6 of 10 steps each has its own");
  const all = await together(2, start({ notes: () => [1, 0.25] }));
  t.same(bits(all[0].state), bits(all[1].state), "the last step averages too");
  t.same(
    all[0].results.map(({ notes }) => notes),
    Array.from({ length: 10 }, (_, k) => ([3, 7, 9].includes(k) ? [2, 0.5] : undefined)),
    "notes tell of exchanges",
  );
  t.not(all[0].losses[0], all[1].losses[0], "each has its own share of the batch");
  const coupled = { coupling: "optimal-transport", couplingPool: 160 } as const;
  const [[alone], pooled] = [
    await together(1, start(coupled), [0, 1, 10]),
    await together(2, start(coupled), [0, 1, 10]),
  ];
  const mean = (pooled[0].losses[0] + pooled[1].losses[0]) / 2;
  t.ok(apart([mean], alone.losses) < 1e-6, "of the pairs that one process has");
  t.equal(all[0].losses[3], all[1].losses[3]);
  const parts = await together(2, start({ accumulate: 2 }));
  t.ok(apart(parts[0].losses, all[0].losses) < 1e-6, "in parts");
});

t.test("batches that cannot be shared out", async (t) => {
  const [{ sum }] = ranksInMemory(1);
  const ranks = { rank: 0, size: 3, sum };
  await t.rejects(consistencyTrainer({ ...trainerOptions(pixelwise, 8), ranks }, pixelwise.init(random(3))), {
    message: "consistency: batch is 8: it must be divisible by 3 processes",
  });
  await t.rejects(
    consistencyTrainer({ ...trainerOptions(pixelwise, 8), accumulate: 3 }, pixelwise.init(random(3))),
    { message: /accumulate is 3, but batch 8 cannot be divided into as many equal parts/ },
  );
});
