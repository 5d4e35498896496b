// TensorFlow.js's half of the Inception benchmark: nsfwjs' network as nsfwjs runs it, on the WASM SIMD backend, one thread.
import { parseArgs } from "node:util";
import { clock, median, report, skip } from "./measure.mjs";

const { values: flags } = parseArgs({
  options: {
    batch: { type: "string", default: "4" },
    threads: { type: "string", default: "1" },
    steps: { type: "string", default: "3" },
    warmup: { type: "string", default: "1" },
    features: { type: "string", default: "0" },
  },
});
const [batch, steps, warmup] = [flags.batch, flags.steps, flags.warmup].map(Number);
if (flags.threads !== "1") skip("tfjs-wasm runs on one thread in Node");

const load = (name) =>
  import(name).catch(() => skip(`${name} is not installed; install it with: npm run setup`));
const tf = await load("@tensorflow/tfjs-core");
await load("@tensorflow/tfjs-backend-wasm");
const layers = await load("@tensorflow/tfjs-layers");
const { InceptionV3Model } = await load("nsfwjs/models/inception_v3");
await tf.setBackend("wasm");

const { default: json } = await InceptionV3Model.modelJson();
const shards = await Promise.all(
  InceptionV3Model.weightBundles.map(async (shard) => Buffer.from((await shard()).default, "base64")),
);
const whole = await layers.loadLayersModel({
  load: async () => ({
    modelTopology: json.modelTopology,
    weightSpecs: json.weightsManifest.flatMap((group) => group.weights),
    weightData: new Uint8Array(Buffer.concat(shards)).buffer,
  }),
});
// Up to the global average, whose 2048 numbers are the features.
const pool = whole.layers.findLast((layer) => layer.name.startsWith("average_pooling2d"));
const model = layers.model({ inputs: whole.inputs, outputs: pool.output });

const size = 32;
const bytes = Int32Array.from({ length: batch * size * size * 3 }, (_, i) => (i * 7919 + (i >> 7)) & 255);
/** Pixels are bytes [batch, height, width, 3], as from a canvas. */
function features() {
  return tf.tidy(() => {
    const pixels = tf.div(tf.cast(tf.tensor4d(bytes, [batch, size, size, 3], "int32"), "float32"), 255);
    return model.predict(tf.image.resizeBilinear(pixels, [299, 299], true));
  });
}

let last;
// This backend computes at once and in this thread, so the result is there when predict returns.
const msPerStep = await clock(
  () => {
    last?.dispose();
    last = features();
    last.dataSync();
  },
  steps,
  warmup,
);
const engine = `tfjs-wasm ${tf.version_core}`;
const first = Array.from(last.dataSync().subarray(0, Number(flags.features)));
report(
  {
    mode: "inception",
    batch,
    threads: 1,
    imagesPerSecond: Number(((1000 * batch) / median(msPerStep)).toFixed(3)),
    engine,
    ...(first.length > 0 ? { features: first } : {}),
  },
  msPerStep,
);
