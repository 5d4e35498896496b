// Features of any number of pictures, with a small network and with nsfwjs' Inception, which is installed for the tests.
import {
  type FeatureNetwork,
  featureExtractor,
  hasNsfwjs,
  nsfwjsInception,
  nsfwjsWeights,
  resizePlanes,
} from "@imagefn/metrics";
import { mean, mul, onnxEngine, reshape } from "@imagefn/ops";
import { difference } from "@imagefn/testing";
import t from "tap";
import { each, picture } from "./networksSeeded.js";

const engine = await onnxEngine({ threads: 1 });

/** Colour means scaled by a weight, and the picture itself. */
const small: FeatureNetwork = {
  name: "small",
  resize: "legacy_pytorch",
  size: [4, 6],
  features: { pool: 3, spatial: 72 },
  weights: new Map([["scale", { shape: [1, 3], data: Float32Array.of(1, 2, 3) }]]),
  apply: (params, x) => ({
    pool: mul(mean(x, [2, 3]), params("scale", [1, 3])),
    spatial: reshape(x, [x.shape[0], -1]),
  }),
};

t.test("any count and size, bytes and floats", async (t) => {
  const extractor = await featureExtractor(small, engine, { batch: 3, features: ["pool", "spatial"] });
  for (const shape of [
    [7, 3, 9, 5],
    [2, 3, 4, 6],
    [3, 3, 2, 2],
    [0, 3, 8, 8],
  ]) {
    const images = picture("images", shape);
    const { pool, spatial } = await extractor.extract(images);
    t.same(pool.shape, [shape[0], 3]);
    t.same(spatial.shape, [shape[0], 72]);
    const resized = resizePlanes("legacy_pytorch", images.data, [3 * shape[0], shape[2], shape[3]], [4, 6]);
    t.equal(difference(spatial.data, resized), undefined, `${shape}`);
    const means = pool.data.map((_, i) => {
      const plane = resized.subarray(i * 24, (i + 1) * 24);
      return (plane.reduce((s, v) => s + v, 0) / 24) * ((i % 3) + 1);
    });
    t.equal(difference(pool.data, means, { rtol: 1e-5 }), undefined, `${shape}`);
    const floats = { shape, data: Float32Array.from(images.data, (v) => v / 127.5 - 1) };
    const again = await extractor.extract(floats);
    t.equal(difference(again.spatial.data, spatial.data, { rtol: 0, atol: 1e-4 }), undefined, "floats");
  }
  await extractor.dispose();
});

t.test("bad input", async (t) => {
  const extractor = await featureExtractor(small, engine);
  const bad = (shape: number[], n: number) =>
    t.rejects(
      extractor.extract({ shape, data: new Uint8Array(n) }),
      /not a batch of pictures \(got .* numbers as \[.*\], expected \[count, 3, height, width\]\)/,
    );
  await bad([2, 1, 4, 4], 32);
  await bad([3, 4, 4], 48);
  await bad([1, 3, 4, 4], 47);
  await bad([1, 3, 0, 4], 0);
  await extractor.dispose();
  await t.rejects(featureExtractor(small, engine, { features: ["logits"] }), /has no feature "logits"/);
  await t.rejects(featureExtractor(small, engine, { batch: 0 }), /at least one picture \(got 0\)/);
});

t.test("memory stays flat", async (t) => {
  const extractor = await featureExtractor(small, engine, { batch: 4 });
  const images = picture("images", [64, 3, 32, 32]);
  const run = async (times: number) => {
    for (let i = 0; i < times; i++) await extractor.extract(images);
    return process.memoryUsage().rss / 2 ** 20;
  };
  await run(40);
  const before = await run(1);
  const after = await run(120);
  t.ok(after - before < 48, `2000 batches grew by ${(after - before).toFixed(1)} MiB`);
  await extractor.dispose();
});

/** Every 128th feature of the picture below as TensorFlow.js 4.22.0 computes them (bench/tfjs_inception.mjs). */
const tensorflow = [
  0.468385, 0, 0, 0, 0.000481712, 0, 0, 0, 0, 0.00120047, 0, 0.0331332, 0.0746905, 0.00101309, 0.00259957,
  0.00137327,
];

t.test("nsfwjs' Inception agrees with TensorFlow.js", async (t) => {
  if (!(await hasNsfwjs())) return t.comment("skipped: nsfwjs is not installed");
  const network = nsfwjsInception(await nsfwjsWeights());
  t.equal(network.weights.size, 2 * 94);
  const extractor = await featureExtractor(network, engine, { batch: 2, features: ["pool", "spatial"] });
  const data = Uint8Array.from({ length: 3 * 32 * 32 }, (_, at) => {
    // Pixel by pixel there.
    const i = (at % 1024) * 3 + Math.floor(at / 1024);
    return (i * 7919 + (i >> 7)) & 255;
  });
  const { pool, spatial } = await extractor.extract({ shape: [1, 3, 32, 32], data });
  t.equal(difference(each(pool.data, 128), tensorflow, { rtol: 1e-4, atol: 1e-6 }), undefined);
  t.same(pool.shape, [1, 2048]);
  t.same(spatial.shape, [1, 2023]);
  await extractor.dispose();
});
