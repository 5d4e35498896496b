// Tries one engine in a process of its own, so that a crash of the engine ends only that process.
// Called as `node probe.js ENGINE`; it writes its findings to stdout, one line of JSON at a time, so that a crash loses only the rest.
import { consistencyTrainer } from "@imagefn/consistency";
import {
  type Engine,
  type EngineName,
  findAdapter,
  type HostArray,
  matmul,
  mul,
  engine as openEngine,
  program,
  random,
  slice,
} from "@imagefn/ops";
import { cmFunc } from "@imagefn/transformer";
import type { Found } from "./report.js";
import { telling, tells } from "./tell.js";

const tell = tells<Found>();

/** Measures for this long, after one run to warm up. */
const SECONDS = 1;

/** Seconds per call, the mean over about `SECONDS`. */
async function timed(run: (call: number) => Promise<unknown>): Promise<number> {
  await run(0);
  const began = performance.now();
  let calls = 0;
  while (calls === 0 || performance.now() - began < SECONDS * 1000) await run(++calls);
  return (performance.now() - began) / 1000 / calls;
}

/** 10^9 floating-point operations a second in a product of two 512 x 512 matrices. */
async function gflops(engine: Engine): Promise<number> {
  const n = 512;
  const matrix = (seed: number): HostArray => ({ shape: [n, n], data: random(seed).normal(n * n, 0) });
  const state = { a: matrix(1), b: matrix(2) };
  // The product stays in the engine and one number is read back: a GPU is done only when that has arrived.
  const p = program({ state }, ({ a, b }) => {
    const product = mul(matmul(a, b), n ** -0.5);
    return { state: { a: product }, outputs: { corner: slice(slice(product, 0, 0, 1), 1, 0, 1) } };
  });
  const runnable = await engine.compile(p, state);
  const seconds = await timed(() => runnable.run());
  await runnable.dispose();
  return (2 * n ** 3) / seconds / 1e9;
}

/** Seconds per training step of a small CM-Func, and to prepare it: 16 x 16 images, batch 4, 53,000 parameters. */
async function trainingStep(engine: Engine): Promise<Found> {
  const images = new Float32Array(4 * 3 * 16 * 16);
  const began = performance.now();
  const trainer = await consistencyTrainer(
    {
      engine,
      generator: smallGenerator,
      data: () => ({ images }),
      batch: 4,
      learningRate: 1e-4,
      distance: "l2",
      targetEma: false,
      emaRates: [0.999],
    },
    smallGenerator.init(random(0)),
  );
  await trainer.step(0, 1000);
  const prepareSeconds = (performance.now() - began) / 1000;
  const stepSeconds = await timed((k) => trainer.step(k + 1, 1000));
  await trainer.dispose();
  return { prepareSeconds, stepSeconds };
}

const smallGenerator = cmFunc(
  {
    dim: 32,
    heads: 2,
    encoderDepth: 1,
    decoderDepth: 1,
    patch: 8,
    mlpRatio: 4,
    classes: 0,
    decoderSelfAttention: false,
    contextNorm: true,
    inr: { depth: 3, width: 32, groups: 8, peDim: 16, peSigma: 16, outBias: 0, coordinates: "center" },
  },
  [16, 16],
);

/** The WebGPU adapter of an engine that takes one. */
async function adapter(name: EngineName): Promise<{ adapter: string; software: boolean } | undefined> {
  if (!name.endsWith(":webgpu")) return undefined;
  const found = await findAdapter();
  return "name" in found ? { adapter: found.name, software: found.software } : undefined;
}

await telling(async () => {
  const name = process.argv[2] as EngineName;
  const { engine, why } = await openEngine({ name });
  tell({ engine: engine.name, why });
  if (name === "auto") return;
  const found = await adapter(name);
  if (found) tell(found);
  tell({ gflops: await gflops(engine) });
  // Software drivers take minutes to compile a training step, and are too slow for training.
  if (!found?.software) tell(await trainingStep(engine));
});
