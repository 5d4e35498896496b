// imagefn's half: one training step (--denoise: without the target network), forward pass or multi-resolution sampling of a configuration.
import { parseArgs } from "node:util";
import { denoiser, functionScale, oneStepInputs } from "@imagefn/consistency";
import { coordinateGrid, renderFunction } from "@imagefn/inr";
import { clip, constant, leaves, mul, onnxEngine, program, random } from "@imagefn/ops";
import { clock, median, report } from "./measure.mjs";
import { gflopOf } from "./products.mjs";
import { configOf, generatorOf, imagesOf, trainingOf } from "./training.mjs";

const { values: flags } = parseArgs({
  options: {
    config: { type: "string", default: "a" },
    threads: { type: "string", default: "1" },
    steps: { type: "string", default: "10" },
    warmup: { type: "string", default: "3" },
    denoise: { type: "boolean", default: false },
    forward: { type: "boolean", default: false },
    sample: { type: "boolean", default: false },
    profile: { type: "string" },
  },
});
const c = configOf(flags.config);
const threads = Number(flags.threads);
const generator = generatorOf(c);
const onnx = await onnxEngine({ threads, profile: flags.profile });
let gflop;
const engine = {
  ...onnx,
  compile(program, state) {
    gflop = gflopOf(program);
    return onnx.compile(program, state);
  },
};
const params = generator.init(random(0));
const parameters = leaves(params).reduce((n, [, { shape }]) => n + shape.reduce((a, b) => a * b, 1), 0);
const images = imagesOf(c);

const started = performance.now();
const work = flags.sample ? await sampling() : flags.forward ? await forward() : await training();
const sessionSeconds = (performance.now() - started) / 1000;
const times = await clock(work, Number(flags.steps), Number(flags.warmup));
report(
  {
    mode: flags.sample ? "sample" : flags.forward ? "forward" : flags.denoise ? "denoise" : "step",
    config: flags.config,
    threads,
    parameters,
    engine: engine.name,
    sessionSeconds,
    gflop,
    ...(flags.sample ? { imagesPerSecond: 48 / (median(times) / 1000) } : {}),
    ...(work.losses ? { lossFirst: work.losses[0], lossLast: work.losses.at(-1) } : {}),
  },
  times,
);
if (flags.profile) await work.end();

async function training() {
  const { work, losses, end } = await trainingOf(engine, flags.config, flags);
  return Object.assign(work, { losses, end });
}

async function forward() {
  const runnable = await engine.compile(denoiser(generator, c.batch, params), { params });
  const coordinates = generator.coordinates?.(c.batch);
  const sigma = new Float32Array(c.batch).fill(80);
  return () => runnable.run({ x: images, sigma, ...(coordinates ? { coordinates } : {}) });
}

/** 16 functions from 16 noises, each rendered at three sizes in the same graph; the grids are embedded once, as PyTorch's. */
async function sampling() {
  const batch = 16;
  const grids = [32, 64, 128].map((n) => coordinateGrid({ height: n, width: n }));
  const inputs = { z: [batch, 3, c.imageSize, c.imageSize] };
  const p = program({ state: { params }, inputs }, ({ params }, given) => {
    const { x, t } = oneStepInputs(given.z);
    const layers = generator.generate(params, x, t);
    return {
      outputs: Object.fromEntries(
        grids.map((grid, i) => [
          `image${i}`,
          clip(
            mul(renderFunction(generator.config.inr, layers, constant(grid)), functionScale("skip")),
            -1,
            1,
          ),
        ]),
      ),
    };
  });
  const runnable = await engine.compile(p, { params });
  const z = random(2).normal(batch * 3 * c.imageSize ** 2);
  return () => runnable.run({ z });
}
