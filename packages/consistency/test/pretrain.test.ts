// Pre-training: what it learns, what it leaves alone, and how well it reconstructs.
import { initPretrainState, pretrainer, psnr, reconstructionError } from "@imagefn/consistency";
import { adam, type HostArray, leaves, random } from "@imagefn/ops";
import t from "tap";
import {
  awake,
  bits,
  engine,
  fixedImages,
  pixelwise,
  pretrainerOptions,
  recording,
  tinyCmFunc,
} from "./generators.js";

const params = awake(tinyCmFunc.init(random(3)));
/** What the reconstruction does not depend on. */
const untouched = (path: string) => /^(params|moments\.[mv])\.(encoder|time)\./.test(path);

/** The paths that differ between two states. */
function changed(before: ReadonlyMap<string, HostArray>, after: ReadonlyMap<string, HostArray>) {
  const [a, b] = [bits(before), bits(after)];
  return new Set(Object.keys(a).filter((path) => a[path] !== b[path]));
}

t.test("the loss falls, and what is not used stays as it is", async (t) => {
  const K = 60;
  // Each image is of one colour: more than so small a function could not hold.
  const images = Float32Array.from({ length: 4 * 48 }, (_, i) => Math.sin(Math.floor(i / 16)));
  const trainer = await pretrainer(pretrainerOptions(4, { data: () => ({ images }) }), params);
  // Moments that are not zero would move parameters even without a gradient.
  const moments = [...(await trainer.read("moments"))].filter(([path]) => untouched(path));
  await trainer.write(
    new Map(moments.map(([path, { shape, data }]) => [path, { shape, data: data.fill(1) }])),
  );
  const before = await trainer.read();
  const losses: number[] = [];
  for (let k = 0; k < K; k++) losses.push((await trainer.step(k, K)).loss);
  t.ok(losses[K - 1] < 0.25 * losses[0], `from ${losses[0]} to ${losses[K - 1]}`);

  const moved = changed(before, await trainer.read());
  for (const path of before.keys())
    if (untouched(path) === moved.has(path))
      t.fail(`${path} ${moved.has(path) ? "changed" : "did not change"}`);
  t.ok([...before.keys()].filter(untouched).length >= 3 * 14, "encoder and noise embedding were looked at");
  await trainer.dispose();
});

t.test("frozen parameters stay as they are, with their moments", async (t) => {
  const frozen = (path: string) => path.startsWith("patch.") || path === "tokens";
  const trainer = await pretrainer(pretrainerOptions(4, { frozen }), params);
  const before = await trainer.read();
  for (let k = 0; k < 3; k++) await trainer.step(k, 3);
  const moved = changed(before, await trainer.read());
  const part = (path: string) => path.replace(/^(params|moments\.[mv])\./, "");
  for (const path of before.keys())
    if (moved.has(path) !== !(untouched(path) || frozen(part(path)))) t.fail(path);
  t.ok(before.has("params.patch.weight") && before.has("moments.v.tokens"));
  t.notOk([...moved].some((path) => frozen(part(path))));
  await trainer.dispose();
});

t.test("the learning rate drops at 80 %", async (t) => {
  const { engine: outer, runs } = recording(engine);
  const trainer = await pretrainer(pretrainerOptions(4, { engine: outer, learningRate: 1e-4 }), params);
  const rates = [];
  for (let k = 0; k < 10; k++) rates.push((await trainer.step(k, 10)).learningRate);
  t.same(rates, [...new Array(8).fill(1e-4), 1e-5, 1e-5]);
  t.same(
    runs.map(({ coefficients }) => coefficients),
    rates.map((rate, k) => adam().coefficients(k + 1, rate)),
    "Adam's step k + 1",
  );
  await trainer.dispose();
});

t.test("the reconstruction is of 2 x, without noise, towards targetScale x", async (t) => {
  const batch = 4;
  const { images } = fixedImages(tinyCmFunc, batch)();
  const coordinates = tinyCmFunc.coordinates(batch);
  const mseOf = async (targetScale: number) => {
    const program = reconstructionError({ generator: tinyCmFunc, batch, targetScale }, params);
    const runnable = await engine.compile(program, { params });
    const { mse } = await runnable.run({ images, coordinates });
    await runnable.dispose();
    return mse.data[0];
  };
  const lossOf = async (targetScale: number) => {
    const trainer = await pretrainer(
      pretrainerOptions(batch, { targetScale, variationalCoordinates: false }),
      params,
    );
    const { loss } = await trainer.step(0, 1);
    await trainer.dispose();
    return loss;
  };
  for (const targetScale of [1, 2]) {
    const [mse, loss] = [await mseOf(targetScale), await lossOf(targetScale)];
    t.ok(Math.abs(mse * targetScale ** 2 - loss) < 1e-6 * loss, `the loss is targetScale^2 times the error`);
  }

  // A generator that answers with what it is given shows its input: 2 x.
  const mirror = { ...pixelwise, reconstruct: (_: unknown, x: never) => x };
  const program = reconstructionError({ generator: mirror, batch: 1, targetScale: 1 }, {});
  const runnable = await engine.compile(program);
  const x = random(2).normal(12);
  const { mse } = await runnable.run({ images: x });
  t.ok(Math.abs(mse.data[0] - x.reduce((s, v) => s + v * v, 0) / 12) < 1e-5, "(2 x - x)^2");
});

t.test("PSNR of images in [-1, 1]", async (t) => {
  t.equal(psnr(4), 0);
  t.ok(Math.abs(psnr(0.04) - 20) < 1e-12);
  t.equal(psnr(0), Number.POSITIVE_INFINITY);
});

t.test("a generator of pixels cannot be pre-trained", async (t) => {
  const params = pixelwise.init(random(3));
  await t.rejects(pretrainer(pretrainerOptions(4, { generator: pixelwise }), params), {
    message: "consistency: this generator cannot be pre-trained (expected one of image functions)",
  });
});

t.test("a loss that is not a number ends pre-training", async (t) => {
  const trainer = await pretrainer(
    pretrainerOptions(4, { data: () => ({ images: new Float32Array(4 * 48).fill(Number.NaN) }) }),
    params,
  );
  await t.rejects(trainer.step(7, 10), {
    message:
      "consistency: the loss of pre-training step 7 is NaN (expected a finite number). " +
      "Lower the learning rate, or limit the gradient with clipNorm, and go on from the last checkpoint.",
  });
  await trainer.dispose();
});

t.test("moments begin at zero, by the parameters' paths", async (t) => {
  const { moments } = initPretrainState(params);
  for (const tree of [moments.m, moments.v]) {
    t.same(
      leaves<HostArray>(tree).map(([path]) => path),
      leaves<HostArray>(params).map(([path]) => path),
    );
    t.ok(leaves<HostArray>(tree).every(([, { data }]) => data.every((v) => v === 0)));
  }
});
