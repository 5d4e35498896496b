import { writeFileSync } from "node:fs";
import * as consistency from "@imagefn/consistency";
import { onnxEngine, random, unflatten } from "@imagefn/ops";
import { cmFunc } from "@imagefn/transformer";

// 64 batches of images of 16 x 16 pixels in [-1, 1], one random colour above another.
const [size, batch] = [16, 16];
const batches = Array.from({ length: 64 }, (_, k) => {
  const images = new Float32Array(batch * 3 * size * size);
  for (let b = 0, at = 0; b < batch; b++) {
    const colours = random(1).uniform(6, k * batch + b);
    for (let channel = 0; channel < 3; channel++)
      for (let pixel = 0; pixel < size * size; pixel++)
        images[at++] = 1.6 * colours[channel + (2 * pixel < size * size ? 0 : 3)] - 0.8;
  }
  return { images };
});

const inr = { depth: 4, width: 32, groups: 8, peDim: 16, peSigma: 8, outBias: 0 };
const blocks = { dim: 64, heads: 4, encoderDepth: 2, decoderDepth: 1, patch: 4, mlpRatio: 4 };
const config = { ...blocks, decoderSelfAttention: false, contextNorm: true, classes: 0, inr };
const generator = cmFunc(config, [size, size]);
const engine = await onnxEngine();
const common = { engine, generator, batch, learningRate: 1e-3 };

// First it learns to turn images into functions ..
const start = generator.init(random(0));
const pretraining = await consistency.pretrainer({ ...common, data: (k) => batches[k % 64] }, start);
for (let k = 0; k < 200; k++) await pretraining.step(k, 200);
const { params } = unflatten({ params: start }, await pretraining.read("params"));

// .. then to turn noise into them, on a schedule for minutes rather than the paper's, which is the default.
const trainer = await consistency.consistencyTrainer(
  {
    ...common,
    data: (k) => batches[k % 64],
    ...{ decayFrom: 0.5, grid: "doubling", s0: 10, s1: 80, distance: "l2", targetEma: false },
  },
  params,
);
const K = 400;
for (let k = 0; k < K; k++) {
  const { loss, N } = await trainer.step(k, K);
  if (k % 50 === 49) console.log(`step ${k + 1} of ${K}, ${N} levels, loss ${loss.toFixed(4)}`);
}

// 16 samples, one below another.
const weights = await trainer.read("params");
const sampler = await engine.compile(consistency.denoiser(generator, batch, start), weights);
const images = await consistency.sample(sampler, generator, batch, { levels: [], seed: 0, first: 0 });
const rgb = Buffer.alloc(images.length);
const plane = size * size;
images.forEach((v, i) => {
  const [image, channel, pixel] = [Math.floor(i / (3 * plane)), Math.floor(i / plane) % 3, i % plane];
  rgb[3 * (image * plane + pixel) + channel] = Math.round((v + 1) * 127.5);
});
writeFileSync("flags.ppm", Buffer.concat([Buffer.from(`P6 ${size} ${size * batch} 255\n`), rgb]));
