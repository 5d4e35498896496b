// Networks in ONNX files: what is read of a file, what it is given, and metrics over it.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  evaluate,
  evaluateSaved,
  featureExtractor,
  imagesSource,
  type OnnxNetworkOptions,
  onnxInput,
  onnxNetwork,
  openFeatures,
  resizePlanes,
  saveFeatures,
  saveStatistics,
  shardFeatures,
} from "@imagefn/metrics";
import { exportOnnx, mean, mul, onnxEngine, program, random, type Shape, type Tensor } from "@imagefn/ops";
import { difference } from "@imagefn/testing";
import t from "tap";
import { readOnnxFacts } from "../dist/weights/onnxFacts.js";
import { external, metadata, model, part } from "./onnxBytes.js";

t.setTimeout(120_000);
process.env.IMAGEFN_WEIGHTS = "";
const home = t.testdir();
const engine = await onnxEngine({ threads: 1 });
const stats = { "imagefn.mean": "0.5,0.25,0", "imagefn.std": "0.5" };
const given = { mean: [0.5, 0.25, 0], std: [0.5] };

/** Writes a network of our own ops as an ONNX file. */
function exported(
  name: string,
  shape: Shape,
  outputs: (x: Tensor) => Record<string, Tensor>,
  words: Record<string, string> = stats,
): string {
  let made: Record<string, Tensor> = {};
  program({ inputs: { images: shape } }, (_, { images }) => {
    made = outputs(images);
    return { outputs: made };
  });
  return written(name, exportOnnx({ name: "test", outputs: made, weights: new Map(), metadata: words }));
}

function written(name: string, bytes: Iterable<number>): string {
  const path = join(home, name);
  writeFileSync(path, Uint8Array.from(bytes));
  return path;
}

/** Twice the mean of each channel. */
const means = (x: Tensor) => ({ features: mul(mean(x, [2, 3]), 2) });
const small = exported("small.onnx", [4, 3, 6, 8], means);
const sha256 = createHash("sha256").update(readFileSync(small)).digest("hex");

const pictures = (seed: number, count: number, side = 12) => ({
  shape: [count, 3, side, side],
  data: Uint8Array.from(random(seed).uniform(count * 3 * side * side), (u) => 256 * u),
});

async function features(options: OnnxNetworkOptions, images = pictures(1, 7)) {
  const { network } = await onnxNetwork(options, { threads: 1 });
  const extractor = await featureExtractor(network, engine);
  try {
    return (await extractor.extract(images)).pool;
  } finally {
    await extractor.dispose();
  }
}

t.test("what the network is given", async (t) => {
  const { network, weights } = await onnxNetwork({ path: small });
  t.equal(network.name, `small.onnx ${sha256.slice(0, 8)}`);
  t.same(weights, {
    file: "small.onnx",
    sha256,
    input: {
      size: [6, 8],
      mean: [0.5, 0.25, 0],
      std: [0.5, 0.5, 0.5],
      order: "rgb",
      resize: "clean",
      output: "features",
    },
  });
  const images = pictures(1, 7);
  const resized = resizePlanes("clean", images.data, [21, 12, 12], [6, 8]);
  const expected = Array.from({ length: 21 }, (_, i) => {
    const plane = resized.subarray(48 * i, 48 * i + 48);
    return (2 * (plane.reduce((a, b) => a + b, 0) / 48 / 255 - given.mean[i % 3])) / 0.5;
  });
  const found = await features({ path: small });
  t.same(found.shape, [7, 3], "a last batch of three");
  t.equal(difference(found.data, expected, { rtol: 0, atol: 1e-5 }), undefined);

  const reversed = await features({ path: small, order: "bgr", mean: [0], std: [1] });
  const blue = Array.from({ length: 3 }, (_, c) => expected[2 - c] / 2 + 2 * given.mean[2 - c]);
  t.equal(difference(reversed.data.subarray(0, 3), blue, { rtol: 0, atol: 1e-5 }), undefined, "blue first");
});

t.test("files of others: open sizes, channels last, features with two axes of one", async (t) => {
  const open = written("open.onnx", model(["n", 3, "h", "w"]));
  const { data, shape } = await features({ path: open, size: [6, 8], mean: [0.5, 0.25, 0], std: [0.25] });
  t.same(shape, [7, 3]);
  t.equal(difference(data, (await features({ path: small })).data, { rtol: 0, atol: 1e-5 }), undefined);
  const last = exported("last.onnx", [2, 6, 8, 3], (x) => ({ features: mul(mean(x, [1, 2]), 2) }));
  t.equal(
    difference((await features({ path: last })).data, (await features({ path: small })).data, { atol: 1e-5 }),
    undefined,
  );
});

t.test("names differ where networks or their input differ", async (t) => {
  const name = async (options: OnnxNetworkOptions) => (await onnxNetwork(options)).network.name;
  const own = await name({ path: small });
  t.equal(await name({ path: small, mean: [0.5, 0.25, 0], order: "rgb" }), own, "what the file says itself");
  const other = await name({ path: small, order: "bgr" });
  t.match(other, new RegExp(`^small\\.onnx ${sha256.slice(0, 8)}-[0-9a-f]{4}$`));
  t.not(await name({ path: small, resize: "legacy_pytorch" }), other);
  const marked = written("marked.onnx", [
    ...readFileSync(small),
    ...metadata("imagefn.order", "bgr"),
    ...metadata("x", "y"),
  ]);
  t.match(await name({ path: marked }), /^marked\.onnx [0-9a-f]{8}$/);

  const halves = written("halves.onnx", model([1, 3, 4, 4], "GlobalAveragePool", external("halves.bin")));
  t.same(readOnnxFacts(halves), { metadata: new Map(), external: ["halves.bin"] });
  const sums: string[] = [];
  for (const byte of [1, 2]) {
    writeFileSync(join(home, "halves.bin"), new Uint8Array(4).fill(byte));
    const { weights } = await onnxNetwork({ path: halves, mean: [0], std: [1] });
    sums.push(`${weights.sha256}`);
  }
  t.not(sums[0], sums[1], "weights in a file beside it count");
});

t.test("what cannot be used is refused, and says what is needed", async (t) => {
  const refused = (options: OnnxNetworkOptions, message: RegExp, code = "invalid-data") =>
    t.rejects(onnxNetwork(options), { code, message });
  const option = "invalid-option";
  const bare = exported("bare.onnx", [1, 3, 4, 4], means, {});
  await refused(
    { path: bare },
    /^network: .*bare\.onnx"? does not say its mean and std, .* imagefn\.mean and imagefn\.std in its metadata/,
    option,
  );
  await refused({ path: bare, mean: [0] }, /does not say its std,/, option);
  await refused({ path: bare, mean: [0, 1], std: [1] }, /^network: mean is \[0, 1\] \(expected one/, option);
  await refused({ path: bare, mean: [0], std: [0] }, /^network: std is \[0\] .*above 0/, option);
  await refused({ path: small, size: 5 }, /^network: size is 5 x 5, but .* is 8 x 6$/, option);
  await refused({ path: small, output: "pool" }, /output is "pool", .*\(expected "features"\)/, option);
  const open = written("open.onnx", model(["n", 3, "h", "w"]));
  await refused({ path: open, ...given }, /leaves the size of its input open \(got \[n, 3, h, w\]/, option);
  const wrong = exported("wrong.onnx", [1, 3, 4, 4], means, { ...stats, "imagefn.sdt": "1" });
  await refused(
    { path: wrong },
    /^network: the metadata of .*wrong\.onnx"?: there is no field "sdt".* \(expected size, mean, std/,
    option,
  );
  const two = exported("two.onnx", [1, 3, 4, 4], (x) => ({ a: mean(x, [2, 3]), b: mean(x, [1, 2]) }));
  await refused({ path: two }, /has several outputs \(.*one of "a", "b"\)/, option);
  const maps = exported("maps.onnx", [2, 3, 4, 4], (x) => ({ a: mul(x, 2) }));
  await refused(
    { path: maps },
    /output "a" of float32 \[2, 3, 4, 4\] for 2 pictures \(expected float32 \[2, length\]/,
  );
  const grey = exported("grey.onnx", [2, 1, 4, 4], (x) => ({ a: mean(x, [2, 3]) }));
  await refused({ path: grey }, /input "images" of float32 \[2, 1, 4, 4\] \(expected float32 \[count, 3,/);
  await refused(
    { path: written("text.onnx", part(9, "no model")), ...given },
    /not a readable ONNX file: it holds no graph/,
  );
  await refused({ path: home, ...given }, /cannot be used \(it is a folder/);
  await t.rejects(onnxNetwork({ path: join(home, "none.onnx"), ...given }), { code: "ENOENT" });
  const up = written("up.onnx", model([1, 3, 4, 4], "GlobalAveragePool", external("../up.bin")));
  await refused({ path: up, ...given }, /it names "\.\.\/up\.bin" as the file of its weights/);
  const odd = written("odd.onnx", model([1, 3, 4, 4], "NoSuchOperator"));
  await refused({ path: odd, ...given }, /is not an ONNX file that ONNX Runtime can load/);
  t.same(onnxInput({ size: "96x64", std: "1,2,3", order: "bgr" }), {
    size: [64, 96],
    std: [1, 2, 3],
    order: "bgr",
  });
  t.throws(() => onnxInput({ size: "0" }), { message: /^network: size is "0" \(expected pixels/ });
  t.throws(() => onnxInput({ mean: "1,,2" }), { message: /^network: mean is "1,,2"/ });
});

t.test("metrics over it, with saved statistics and features", async (t) => {
  const source = (seed: number) => {
    const { data } = pictures(seed, 24);
    return imagesSource(
      Array.from({ length: 24 }, (_, i) => ({
        width: 12,
        height: 12,
        data: data.subarray(432 * i, 432 * i + 432),
      })),
    );
  };
  const shared = { engine, reference: source(2), network: { path: small } };
  const whole = await evaluate({ ...shared, samples: source(1), metrics: ["network", "cmmd"] });
  const suffix = `(small.onnx ${sha256.slice(0, 8)})`;
  t.same(
    whole.findings.map(({ metric }) => metric),
    ["Frechet distance", "precision", "recall", "density", "coverage", "kernel distance", "CMMD"].map(
      (name) => `${name} ${suffix}`,
    ),
  );
  t.match(whole.findings[0], { n: 24, reference: 24, settings: { resize: "clean", weights: { sha256 } } });
  t.ok(whole.findings.every(({ value }) => Number.isFinite(value)));

  const added = await evaluate({ ...shared, samples: source(1), metrics: ["ssim"] });
  t.equal(added.findings[0].metric, `Frechet distance ${suffix}`, "a network that is given is measured");

  const statistics = join(home, "statistics.npz");
  await saveStatistics(statistics, whole.statistics!);
  const [again] = (await evaluate({ ...shared, samples: source(1), reference: statistics, metrics: [] }))
    .findings;
  t.equal(again.value, whole.findings[0].value);
  const bgr = { path: small, order: "bgr" as const };
  const [unfit] = (
    await evaluate({ ...shared, samples: source(1), reference: statistics, network: bgr, metrics: [] })
  ).findings;
  t.match(unfit.reason, /holds statistics of small\.onnx [0-9a-f]{8}, not of small\.onnx [0-9a-f]{8}-/);

  const files = [1, 2].map((i) => join(home, `f${i}.npz`));
  for (const [i, path] of files.entries()) {
    const shard = { index: i + 1, of: 2 };
    await saveFeatures(
      path,
      await shardFeatures({ samples: source(1), network: { path: small }, metrics: [], shard, engine }),
    );
  }
  const saved = await evaluateSaved(openFeatures(files), { ...shared, metrics: ["network", "cmmd"] });
  t.same(saved.findings, whole.findings);
  const without = await evaluateSaved(openFeatures(files), { engine, reference: source(2) });
  t.match(without.findings[0], { code: "missing-network" });
  const other = await evaluateSaved(openFeatures(files), { ...shared, network: bgr });
  t.match(
    other.findings[0].reason,
    /the samples went through small\.onnx \w{8} \(got small\.onnx \w{8}-\w{4}\)/,
  );
  await t.rejects(evaluate({ samples: source(1), metrics: ["cmmd"] }), {
    code: "invalid-option",
    message: /^metrics: cmmd is measured over a network of your own/,
  });
});
