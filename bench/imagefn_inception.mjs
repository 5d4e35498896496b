// imagefn's half of the Inception benchmark: features of nsfwjs' network.
import { parseArgs } from "node:util";
import { featureExtractor, hasNsfwjs, nsfwjsInception, nsfwjsWeights } from "@imagefn/metrics";
import { onnxEngine } from "@imagefn/ops";
import { clock, median, report, skip } from "./measure.mjs";

const { values: flags } = parseArgs({
  options: {
    batch: { type: "string", default: "8" },
    threads: { type: "string", default: "1" },
    steps: { type: "string", default: "6" },
    warmup: { type: "string", default: "2" },
    features: { type: "string", default: "0" },
  },
});
const [batch, threads, steps, warmup] = [flags.batch, flags.threads, flags.steps, flags.warmup].map(Number);
if (!(await hasNsfwjs())) skip("nsfwjs is not installed; install it with: npm run setup");

const start = performance.now();
const network = nsfwjsInception(await nsfwjsWeights());
const engine = await onnxEngine({ threads });
const extractor = await featureExtractor(network, engine, { batch });
const sessionSeconds = Number(((performance.now() - start) / 1000).toFixed(2));

const size = 32;
const shape = [batch, 3, size, size];
// The same pictures as tfjs_inception.mjs, planar.
const data = Uint8Array.from({ length: batch * 3 * size * size }, (_, at) => {
  const [pixel, plane] = [at % (size * size), Math.floor(at / (size * size))];
  const i = (Math.floor(plane / 3) * size * size + pixel) * 3 + (plane % 3);
  return (i * 7919 + (i >> 7)) & 255;
});

let last;
const msPerStep = await clock(
  async () => {
    last = await extractor.extract({ shape, data });
  },
  steps,
  warmup,
);
const first = Array.from(last.pool.data.subarray(0, Number(flags.features)));
report(
  {
    mode: "inception",
    batch,
    threads,
    imagesPerSecond: Number(((1000 * batch) / median(msPerStep)).toFixed(3)),
    sessionSeconds,
    engine: engine.name,
    ...(first.length > 0 ? { features: first } : {}),
  },
  msPerStep,
);
