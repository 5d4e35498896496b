// Settings: defaults, rules, and the one place where each is given; records of distances; weights in states.
import {
  asParams,
  consistencyTrainer,
  type Distance,
  type DistanceRecord,
  denoiser,
  distanceNamed,
  distances,
  initTrainState,
  l1,
  l2,
  pretrainDefaults,
  pretrainer,
  pretrainSettings,
  trainDefaults,
  trainProblems,
  trainSettings,
  weightsIn,
} from "@imagefn/consistency";
import { adam, type HostArray, leaves, radam, random } from "@imagefn/ops";
import t from "tap";
import { bits, engine, fixedImages, pixelwise, tinyCmFunc } from "./generators.js";

const params = pixelwise.init(random(3));
const data = fixedImages(pixelwise, 32);
const needs = { engine, generator: pixelwise, data };

t.test("engine, generator and data are enough: the rest is the paper's", async (t) => {
  t.same(trainSettings({}), {
    ...{ seed: 0, batch: 32, optimizer: "radam", learningRate: 5e-4, variationalCoordinates: true },
    ...{ decayFrom: 1, decayTo: 0.1, decayShape: "linear", clipNorm: 0 },
    ...{ grid: "progressive", s0: 2, s1: 150, denoise: 0, levels: "uniform", weighting: "uniform" },
    ...{ distance: "pseudo-huber", targetEma: true, mu0: 0.95 },
    ...{ parameterisation: "skip", coupling: "independent", couplingPool: 128, emaRates: [0.9999, 0.999] },
    ...{ objective: "consistency", logMean: null, logStd: null },
    ...{ lowest: null, trajectory: "data", accumulate: 1, averageEvery: 1 },
    ...{ crops: false, labelDropout: 0, guidance: 1 },
    ...{ drift: null, driftFrom: 0.9, driftWeight: 0.02, driftImages: 16, driftReal: 64 },
  });
  t.same(
    { ...pretrainSettings({}), frozen: undefined },
    {
      ...{ seed: 0, batch: 32, optimizer: "adam", learningRate: 1e-4, variationalCoordinates: true },
      ...{ targetScale: 2, decayAt: 0.8, decayFactor: 0.1, frozen: undefined, crops: false },
    },
  );
  t.same(trainSettings({ s1: undefined, mu0: 0 }), { ...trainDefaults, mu0: 0 }, "undefined is left out");

  const [short, long] = [
    await consistencyTrainer(needs, params),
    await consistencyTrainer({ ...needs, ...trainDefaults }, params),
  ];
  t.same(await short.step(0, 10), await long.step(0, 10));
  t.same(bits(await short.read()), bits(await long.read()));
  t.same(
    new Set([...(await short.read()).keys()].map((path) => path.replace(/\.(colours|time).*/, ""))),
    new Set(["params", "target", "emas.0", "emas.1", "moments.m", "moments.v"]),
  );
  await Promise.all([short.dispose(), long.dispose()]);
});

t.test("an optimiser by name or as a value, given once", async (t) => {
  const end = async (optimizer: "radam" | "adam" | ReturnType<typeof adam>) => {
    const trainer = await consistencyTrainer({ ...needs, optimizer }, params);
    for (let k = 0; k < 3; k++) await trainer.step(k, 3);
    const state = bits(await trainer.read());
    await trainer.dispose();
    return state;
  };
  const named = await end("adam");
  t.same(await end(adam()), named);
  t.notSame(await end("radam"), named);
  t.notSame(await end(adam({ beta1: 0.5 })), named);
});

t.test("a restored state goes on, or is refused where it does not fit", async (t) => {
  const first = await consistencyTrainer(needs, params);
  await first.step(0, 4);
  const half = await first.read();
  const second = await consistencyTrainer(needs, params, half);
  t.same(bits(await second.read()), bits(half));
  t.same(second.paths, [...half.keys()]);
  t.same(await second.step(1, 4), await first.step(1, 4));
  t.same(bits(await second.read()), bits(await first.read()));
  await Promise.all([first.dispose(), second.dispose()]);
  await t.rejects(
    consistencyTrainer({ ...needs, emaRates: [0.9] }, params, half),
    /no state is called "emas\.1\.colours\.weight"/,
  );
  await t.rejects(
    consistencyTrainer({ ...needs, emaRates: [0.9, 0.8, 0.7] }, params, half),
    /state "emas\.2\.colours\.weight" was given no value/,
  );

  const start = tinyCmFunc.init(random(3));
  const options = { engine, generator: tinyCmFunc, data: fixedImages(tinyCmFunc, 32) };
  const before = await pretrainer(options, start);
  await before.step(0, 4);
  const after = await pretrainer(options, start, await before.read());
  t.same(await after.step(1, 4), await before.step(1, 4));
  await Promise.all([before.dispose(), after.dispose()]);
});

t.test("rules between settings", async (t) => {
  t.same(trainProblems({}), []);
  t.same(trainProblems({ s0: 200 }), [
    { field: "s0", message: "is 200, above s1 150: the noise grid grows from s0 to s1" },
  ]);
  const [{ field, message }] = trainProblems({ s0: 200 }, (field) => `train.${field}`);
  t.match(`train.${field} ${message}`, /^train\.s0 is 200, above train\.s1 150: /);
  t.same(trainProblems({ s0: 0 }), [
    { field: "s0", message: "is 0: a noise grid has at least 1 sub-interval" },
  ]);
  const wrong = { batch: 0, optimizer: "sgd" as "adam", coupling: "best" as "independent" };
  await t.rejects(consistencyTrainer({ ...needs, ...wrong }, params), {
    message:
      "consistency: batch is 0: a batch has 1, 2, .. images; " +
      'optimizer is "sgd": expected radam or adam; ' +
      'coupling is "best": expected independent or optimal-transport',
  });
  t.throws(() => initTrainState(params, { s0: 3, s1: 2 }), /s0 is 3, above s1 2/);
  for (const lowest of [0.002, 80, -1])
    t.throws(() => trainSettings({ lowest }), {
      message: `consistency: lowest is ${lowest}: expected a noise level between 0.002 and 80`,
    });
  t.throws(() => trainSettings({ trajectory: "teacher" }), /denoise is 0, but trajectory "teacher" distils/);
  t.equal(trainSettings({ trajectory: "teacher", denoise: 0.5 }).trajectory, "teacher");
  t.throws(() => pretrainSettings({ batch: 1.5 }), /batch is 1\.5/);
  t.equal(pretrainSettings({ decayAt: 0 }).decayAt, 0);
  t.equal(pretrainDefaults.frozen("patch.weight"), false);
  const names = distances.map(({ name }) => name).join(", ");
  t.match(names, /^l1, l2/);
  await t.rejects(consistencyTrainer({ ...needs, distance: "lpips" as "l1" }, params), {
    message: `consistency: unknown distance (got "lpips", expected ${names}, or a function)`,
  });
});

t.test("records of other distances join the list", async (t) => {
  interface Context {
    readonly scale: number;
  }
  const scaled: DistanceRecord<Context> = {
    name: "scaled",
    title: "Scaled L1",
    description: "l1 times a number that is read from somewhere",
    make: async ({ scale }): Promise<Distance> => (scale === 2 ? l2 : l1),
  };
  const all: readonly DistanceRecord<Context>[] = [...distances, scaled];
  t.equal(new Set(all.map(({ name }) => name)).size, all.length);
  t.ok(all.every(({ title, description }) => title && description));
  t.same(await Promise.all(all.slice(0, 2).map((record) => record.make({ scale: 1 }))), [l1, l2]);
  t.equal(await all.at(-1)?.make({ scale: 2 }), l2);
  t.equal(distanceNamed("l1"), l1);
});

t.test("weights in the states of trainers and programs", async (t) => {
  const trainer = await consistencyTrainer({ ...needs, optimizer: radam() }, params);
  await trainer.step(0, 2);
  const state = await trainer.read();
  await trainer.dispose();
  const own = leaves<HostArray>(params).map(([path]) => path);
  for (const part of ["params", "target", "emas.0", "emas.1"]) {
    const weights = weightsIn(state, part);
    t.same([...weights.keys()], own, part);
    for (const path of own) t.equal(weights.get(path), state.get(`${part}.${path}`));
  }
  t.equal(weightsIn(state, "emas.2").size, 0);
  t.equal(weightsIn(state, "param").size, 0);
  const weights = weightsIn(state, "emas.0");
  const runnable = await engine.compile(denoiser(pixelwise, 1, params), asParams(weights));
  t.same(bits(weightsIn(await runnable.read(), "params")), bits(weights));
  await runnable.dispose();
});
