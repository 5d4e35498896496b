// Classifier-free guidance by value: dropped labels, the guided denoiser of distillation, and guided samples.
import {
  cIn,
  cOut,
  consistencyModel,
  consistencyTrainer,
  cSkip,
  denoiser,
  type Generator,
  guided,
  initTrainState,
  sample,
  trainProblems,
  trainStep,
} from "@imagefn/consistency";
import { gather, mul, type Program, random, reshape, type Tensor } from "@imagefn/ops";
import { difference } from "@imagefn/testing";
import t from "tap";
import { bits, engine, fixedImages, pixelwise, recording, trainerOptions } from "./generators.js";
import { compile, inputsOf, lossOf, stepOptions } from "./steps.js";

/** F(x) = w_c x, with a number to learn for each of two classes and for none. */
const classed: Generator = {
  shape: [3, 2, 2],
  classes: 2,
  nullLabel: 2,
  init: () => ({ w: { shape: [3, 1], data: Float32Array.of(0.3, -0.6, 0.8) } }),
  apply: (params, x, _, { labels }) =>
    mul(x, reshape(gather((params as { w: Tensor }).w, labels!), [-1, 1, 1, 1])),
};
const weights = [0.3, -0.6, 0.8];
const none = 2;
const f = (w: number, x: number, sigma: number) => x * (cSkip(sigma) + cOut(sigma) * cIn(sigma) * w);
const params = classed.init(random(0));

t.test("the denoiser that is distilled is guided: the loss by hand", async (t) => {
  const labels = Float32Array.of(0, 1, none);
  const teacher = [-0.4, 0.5, 0.2];
  const table = (data: readonly number[]) => ({ w: { shape: [3, 1], data: Float32Array.from(data) } });
  for (const guidance of [1, 2.5, 0]) {
    const options = stepOptions(classed, {
      ...{ trajectory: "teacher", denoise: 0.5, targetEma: false },
      ...{ labelDropout: 0.1, guidance },
    });
    const state = { ...initTrainState(params, options), teacher: table(teacher) };
    const runnable = await compile(options, state);
    const inputs = { ...inputsOf(options, { labels }), teacherRate: 1 };
    const { images, noise, sigmaLow, sigmaHigh, weight } = inputs;
    const terms = Array.from(images, (image, i) => {
      const b = Math.floor(i / 12);
      const [high, low] = [sigmaHigh[b], sigmaLow[b]];
      const D = (x: number, sigma: number) => {
        const [ofClass, ofNone] = [labels[b], none].map((c) => f(teacher[c], x, sigma));
        return ofNone + guidance * (ofClass - ofNone);
      };
      const slope = (x: number, sigma: number) => (x - D(x, sigma)) / sigma;
      const x = image + high * noise[i];
      const [h, first] = [low - high, slope(x, high)];
      const moved = x + (h * (first + slope(x + h * first, low))) / 2;
      const own = weights[labels[b]];
      return weight[b] * (f(own, x, high) - f(own, moved, low)) ** 2;
    });
    const expected = terms.reduce((a, b) => a + b, 0) / terms.length;
    const loss = await lossOf(runnable, inputs);
    t.equal(difference([loss], [expected], { rtol: 1e-5, atol: 0 }), undefined, `w = ${guidance}`);
    await runnable.dispose();
  }
});

/** All that a program does, in order. */
function opsOf({ outputs }: Program): string[] {
  const seen = new Map<Tensor, number>();
  const lines: string[] = [];
  const visit = (x: Tensor): number => {
    const known = seen.get(x);
    if (known !== undefined) return known;
    const inputs = x.inputs.map(visit);
    seen.set(x, lines.push(`${x.op.name} ${inputs.join(" ")} [${x.shape.join(", ")}]`) - 1);
    return lines.length - 1;
  };
  for (const x of outputs.values()) visit(x);
  return lines;
}

t.test("at scale 1 the step is the one without guidance", async (t) => {
  const graph = (changes: object) => {
    const options = stepOptions(classed, { trajectory: "teacher", denoise: 0.5, ...changes });
    return opsOf(trainStep(options, initTrainState(params, options)));
  };
  const plain = graph({});
  t.same(graph({ guidance: 1, labelDropout: 0.1 }), plain);
  t.ok(graph({ guidance: 2, labelDropout: 0.1 }).length > plain.length, "and another one at 2");
});

t.test("each label is dropped by a draw of its own, whatever the batch", async (t) => {
  const { images } = fixedImages(classed, 8)();
  const given = Float32Array.from({ length: 8 }, (_, i) => i % 2);
  const labelsOf = async (batch: number, labelDropout: number, seed = 0) => {
    const { engine: watched, runs } = recording(engine);
    const trainer = await consistencyTrainer(
      trainerOptions(classed, batch, {
        ...{ engine: watched, labelDropout, seed },
        data: () => ({ images: images.slice(0, batch * 12), labels: given.slice(0, batch) }),
      }),
      params,
    );
    for (let k = 0; k < 64 / batch; k++) await trainer.step(k, 64 / batch);
    await trainer.dispose();
    return runs.flatMap(({ labels }) => [...labels]);
  };
  const dropped = await labelsOf(8, 0.25);
  t.same(await labelsOf(4, 0.25), dropped, "in batches of 4 as in batches of 8");
  t.not((await labelsOf(8, 0.25, 1)).join(), dropped.join(), "by the seed");
  const kept = Array.from({ length: 64 }, (_, i) => i % 2);
  for (const [i, label] of dropped.entries()) if (label !== none) t.equal(label, kept[i]);
  const share = dropped.filter((label) => label === none).length / 64;
  // 0.25 and three standard deviations.
  t.ok(Math.abs(share - 0.25) < 0.17 && share > 0, `a share of ${share}`);
  t.same(await labelsOf(8, 0), kept, "none at 0");
  t.ok(
    (await labelsOf(8, 1)).every((label) => label === none),
    "all at 1",
  );
});

t.test("without dropout a label for no class changes nothing", async (t) => {
  const stateOf = async (nullLabel: number | undefined) => {
    const trainer = await consistencyTrainer(
      trainerOptions({ ...classed, nullLabel }, 4, {
        data: () => ({ ...fixedImages(classed, 4)(), labels: Float32Array.of(0, 1, 1, 0) }),
      }),
      params,
    );
    for (let k = 0; k < 3; k++) await trainer.step(k, 3);
    const state = bits(await trainer.read());
    await trainer.dispose();
    return state;
  };
  t.same(await stateOf(none), await stateOf(undefined));
});

t.test("guided samples are f_null + S (f_c - f_null), in every step", async (t) => {
  const batch = 2;
  const runnable = await engine.compile(denoiser(classed, batch, params), { params });
  const labels = Float32Array.of(1, 0);
  const x = random(5).normal(24);
  const at = async (scale: number, sigma = 1.5) =>
    consistencyModel(guided(runnable, classed, batch, scale), classed, batch, { labels })(x, sigma);
  for (const scale of [0, 0.5, 3]) {
    const expected = Array.from(x, (v, i) => {
      const [ofClass, ofNone] = [labels[Math.floor(i / 12)], none].map((c) => f(weights[c], v, 1.5));
      return ofNone + scale * (ofClass - ofNone);
    });
    t.equal(difference(await at(scale), expected, { rtol: 1e-5, atol: 1e-6 }), undefined, `S = ${scale}`);
  }
  t.equal(guided(runnable, classed, batch, 1), runnable, "1 is the denoiser itself");

  const options = { levels: [0.5], seed: 3, first: 0, clamp: false, inputs: { labels } };
  const noise = [random(8).normal(24), random(9).normal(24)];
  const two = await sample(guided(runnable, classed, batch, 2), classed, batch, { ...options, noise });
  const mixed = (v: number, sigma: number, i: number) => {
    const [ofClass, ofNone] = [labels[Math.floor(i / 12)], none].map((c) => f(weights[c], v, sigma));
    return ofNone + 2 * (ofClass - ofNone);
  };
  const byHand = Array.from(noise[0], (z, i) =>
    mixed(mixed(80 * z, 80, i) + Math.sqrt(0.5 ** 2 - 0.002 ** 2) * noise[1][i], 0.5, i),
  );
  t.equal(difference(two, byHand, { rtol: 1e-4, atol: 1e-4 }), undefined, "two steps");
  t.throws(() => guided(runnable, classed, batch, -1), {
    message: "consistency: guidance must be a number of at least 0 (got -1)",
  });
  t.throws(() => guided(runnable, { ...classed, nullLabel: undefined }, batch, 2), {
    message: /^consistency: guidance needs a generator with a label for no class/,
  });
  await runnable.dispose();
});

t.test("settings that do not go together are refused", async (t) => {
  const said = (settings: object) =>
    trainProblems(settings, (field) => `train.${field}`).map(({ field, message }) => `${field} ${message}`);
  t.same(said({ labelDropout: 0.1 }), []);
  t.same(said({ labelDropout: 0.1, guidance: 2, trajectory: "teacher", denoise: 0.5 }), []);
  t.match(said({ labelDropout: 1.5 }), [/^labelDropout is 1\.5: expected a part from 0 to 1$/]);
  t.match(said({ guidance: Number.NaN }).at(0), /^guidance is NaN: expected a number of at least 0$/);
  t.match(said({ guidance: 2, labelDropout: 0.1 }), [/^guidance is 2, but train\.trajectory is "data": /]);
  t.match(said({ guidance: 2, trajectory: "teacher", denoise: 0.5 }), [
    /^guidance is 2, but train\.labelDropout is 0: /,
  ]);
  await t.rejects(consistencyTrainer(trainerOptions(pixelwise, 4, { labelDropout: 0.1 }), params), {
    message:
      "consistency: labelDropout is 0.1, but the generator has no label for no class (got 0 classes, expected some and nullClass true)",
  });
});
