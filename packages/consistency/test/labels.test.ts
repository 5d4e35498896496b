// Labels and images that do not fit are refused where they come in, by what was got and expected.
import {
  type Batch,
  consistencyTrainer,
  denoiser,
  denoisingDistance,
  type Generator,
  pretrainer,
  sample,
} from "@imagefn/consistency";
import { type Runnable, random } from "@imagefn/ops";
import { cmFunc } from "@imagefn/transformer";
import t from "tap";
import {
  awake,
  engine,
  fixedImages,
  pixelwise,
  pretrainerOptions,
  tinyCmFunc,
  trainerOptions,
} from "./generators.js";

const conditional = cmFunc({ ...tinyCmFunc.config, classes: 3 }, [4, 4]);
const params = awake(conditional.init(random(3)));
const { images } = fixedImages(conditional, 4)();

/** Labels that are wrong, and what is said of them after "labels .." */
const wrong: [labels: unknown, message: string][] = [
  [Int32Array.of(0, 1, 2, 0), ": expected a Float32Array of 4 numbers (got Int32Array)"],
  [[0, 1, 2, 0], ": expected a Float32Array of 4 numbers (got Array)"],
  ["0120", ": expected a Float32Array of 4 numbers (got string)"],
  [undefined, ": expected a Float32Array of 4 numbers (got undefined)"],
  [Float32Array.of(0, 1), ": expected 4 numbers (got 2)"],
  [Float32Array.of(0, 1, 3, 0), ": number 2 is 3 (expected a whole number from 0 to 2)"],
  [Float32Array.of(-1, 1, 2, 0), ": number 0 is -1 (expected a whole number from 0 to 2)"],
  [Float32Array.of(0, 0.5, 2, 0), ": number 1 is 0.5 (expected a whole number from 0 to 2)"],
  [Float32Array.of(0, 0, 2, Number.NaN), ": number 3 is NaN (expected a whole number from 0 to 2)"],
];

t.test("training refuses labels that are no classes", async (t) => {
  for (const coupling of ["independent", "optimal-transport"] as const) {
    let labels: unknown;
    const trainer = await consistencyTrainer(
      trainerOptions(conditional, 4, {
        data: () => ({ images, labels }) as Batch,
        coupling,
        couplingPool: 8,
      }),
      params,
    );
    for (const [given, message] of wrong) {
      labels = given;
      await t.rejects(trainer.step(0, 10), {
        message: new RegExp(`^consistency: labels of step \\d${message.replace(/[().]/g, "\\$&")}$`),
      });
    }
    labels = Float32Array.of(0, 1, 2, 0);
    t.ok(Number.isFinite((await trainer.step(0, 10)).loss), `${coupling}: and goes on with those that are`);
    await trainer.dispose();
  }
});

t.test("sampling refuses labels that are no classes", async (t) => {
  const runnable = await engine.compile(denoiser(conditional, 4, params), { params });
  const draw = (labels: unknown) =>
    sample(runnable, conditional, 4, { levels: [], seed: 0, first: 0, inputs: { labels } as never });
  for (const [given, message] of wrong)
    await t.rejects(draw(given), { message: `consistency: labels${message}` });
  t.equal((await draw(Float32Array.of(0, 1, 2, 0))).length, images.length);
  await runnable.dispose();
});

t.test("so does the denoising distance", async (t) => {
  const never = { run: () => t.fail("nothing is run") } as unknown as Runnable;
  for (const [given, message] of wrong)
    await t.rejects(
      denoisingDistance(never, {
        generator: conditional,
        batch: 2,
        images,
        labels: given as Float32Array,
        seed: 0,
      }),
      { message: `consistency: labels${message}` },
    );
});

t.test("pre-training needs no labels, but refuses wrong ones", async (t) => {
  let labels: unknown;
  const training = await pretrainer(
    pretrainerOptions(4, { generator: conditional, data: () => ({ images, labels }) as Batch }),
    params,
  );
  t.ok(Number.isFinite((await training.step(0, 10)).loss));
  labels = [0, 1, 2, 0];
  await t.rejects(training.step(0, 10), {
    message: "consistency: labels of step 0: expected a Float32Array of 4 numbers (got Array)",
  });
  await training.dispose();
});

t.test("images of another type or number", async (t) => {
  const given = async (batch: unknown, generator: Generator = pixelwise) => {
    const trainer = await consistencyTrainer(
      trainerOptions(generator, 4, { data: () => batch as Batch }),
      generator.init(random(3)),
    );
    await trainer.step(0, 10).finally(() => trainer.dispose());
  };
  await t.rejects(given({ images: [...images] }), {
    message: "consistency: images of step 0: expected a Float32Array of 48 numbers (got Array)",
  });
  await t.rejects(given({ images: new Float64Array(48) }), {
    message: "consistency: images of step 0: expected a Float32Array of 48 numbers (got Float64Array)",
  });
  await t.rejects(given({ images: new Float32Array(12) }), {
    message: "consistency: images of step 0: expected 48 numbers (got 12)",
  });
  await t.rejects(given(undefined), {
    message: "consistency: data must give { images, labels } of step 0 (got undefined)",
  });
  await given({ images: new Float32Array(48), labels: [7] });
  t.pass("labels of a generator without classes are left alone");
});
