// Inception Score, precision and recall, kernel distance.
import {
  classProbabilities,
  type Features,
  inceptionScore,
  kernelDistance,
  type PrecisionRecall,
  precisionRecall,
} from "@imagefn/metrics";
import { onnxEngine, random } from "@imagefn/ops";
import { golden } from "@imagefn/testing";
import t from "tap";
import { expected, features, rows } from "./inputs.js";

const all = golden("metrics").get("all")!;
const value = (name: string) => all.get(`value/${name}`).data[0];
const near = (a: number, b: number, rtol: number) => Math.abs(a - b) <= rtol * Math.abs(b);
const normal = (seed: number, count: number, dims: number, mean = 0): Features => ({
  shape: [count, dims],
  data: random(seed)
    .normal(count * dims)
    .map((z) => z + mean),
});

t.test("inception score", async (t) => {
  const probabilities = classProbabilities(all.get("logits"));
  t.ok(near(inceptionScore(probabilities).mean, value("inception_score_1split"), 1e-7));
  const ten = inceptionScore(probabilities, { splits: 10 });
  t.ok(near(ten.mean, value("inception_score_10split_mean"), 1e-7));
  t.ok(near(ten.std, value("inception_score_10split_std"), 1e-6));
  t.same(inceptionScore(probabilities, { splitSize: 30 }), ten);

  const uneven = inceptionScore(probabilities, { splitSize: 200 });
  const parts = [rows(probabilities, 0, 200), rows(probabilities, 200, 300)].map(
    (p) => inceptionScore(p).mean,
  );
  t.ok(near(uneven.mean, (parts[0] + parts[1]) / 2, 1e-12), "a last split of what remains");

  const uniform = { shape: [50, 10], data: new Float64Array(500).fill(0.1) };
  t.ok(near(inceptionScore(uniform).mean, 1, 1e-12));
  const sure = {
    shape: [50, 10],
    data: Float64Array.from({ length: 500 }, (_, k) => +(k % 10 === Math.floor(k / 10) % 10)),
  };
  t.ok(near(inceptionScore(sure).mean, 10, 1e-12), "every class as often, and never a doubt");

  t.throws(() => inceptionScore(all.get("logits")), /row 0 does not\); for logits, classProbabilities/);
  t.throws(() => inceptionScore(uniform, { splits: 51 }), /50 images cannot be split/);
  t.throws(() => inceptionScore(uniform, { splitSize: 0 }), /cannot be split/);
});

t.test("precision and recall", async (t) => {
  const real = all.get("feat_real");
  const fake = all.get("feat_fake");
  // The vectors are read as float32.
  const shares = ({ precision, recall }: PrecisionRecall) => [precision, recall].map(Math.fround);
  for (const engine of ["plain", await onnxEngine({ threads: 1 })] as const)
    for (const k of [3, 5])
      t.same(
        shares(await precisionRecall(real, fake, { k, engine })),
        [value(`precision_k${k}`), value(`recall_k${k}`)],
        `k = ${k}`,
      );
  t.same(shares(await precisionRecall(fake, real)), [value("recall_k3"), value("precision_k3")], "swapped");
  t.same(await precisionRecall(real, real), { precision: 1, recall: 1 });
  t.same(await precisionRecall(real, normal(1, 50, 24, 1000)), { precision: 0, recall: 0 });
  const { radii, ...both } = await precisionRecall(real, fake, { k: 2, radii: true });
  t.same(both, await precisionRecall(real, fake, { k: 2 }), "the radii change nothing");
  for (const [set, found] of [
    [real, radii.real],
    [fake, radii.generated],
  ] as const) {
    const [count, dims] = set.shape;
    const row = (i: number) => set.data.subarray(i * dims, (i + 1) * dims);
    const distance = (i: number, j: number) => Math.hypot(...row(i).map((v, l) => v - row(j)[l]));
    const second = (i: number) =>
      [...Array(count).keys()]
        .filter((j) => j !== i)
        .map((j) => distance(i, j))
        .sort((x, y) => x - y)[1];
    t.equal(found.length, count);
    for (const i of [0, 7, count - 1]) t.ok(near(found[i], second(i), 1e-6), `${found[i]} ${second(i)}`);
  }
  await t.rejects(precisionRecall(real, rows(fake, 0, 3)), /below both counts \(got 3 of 200 real and 3/);
  await t.rejects(precisionRecall(real, normal(1, 50, 23)), /got 24 and 23 numbers/);
});

t.test("precision and recall do not depend on engine or blocks", async (t) => {
  // Far from the origin, close together, and many of them alike: where float32 decides wrongly.
  const coarse = (seed: number, count: number): Features => {
    const { shape, data } = normal(seed, count, 4);
    return { shape, data: data.map((v) => 3000 + Math.round(v * 2) / 64) as Float32Array };
  };
  const a = coarse(1, 1100);
  const b = coarse(2, 300);
  const onnx = await precisionRecall(a, b, { engine: await onnxEngine({ threads: 1 }) });
  t.same(onnx, await precisionRecall(a, b, { engine: "plain" }));
  t.same(onnx, direct(a, b, 3));
  const one = { shape: [20, 4], data: new Float32Array(80).fill(7) };
  t.same(await precisionRecall(one, one), { precision: 1, recall: 1 }, "all images the same");
});

/** The definition, with a full table of distances. */
function direct(a: Features, b: Features, k: number) {
  const list = ({ shape: [count, dims], data }: Features) =>
    Array.from({ length: count }, (_, i) => Float64Array.from(data.subarray(i * dims, (i + 1) * dims)));
  const distances = (x: Features, y: Features) => {
    const there = list(y);
    return list(x).map((u) =>
      Float64Array.from(there, (v) => u.reduce((sum: number, _, l) => sum + (u[l] - v[l]) ** 2, 0)),
    );
  };
  const radii = (x: Features) => distances(x, x).map((d) => d.sort()[k]);
  const inside = (x: Features, y: Features) => {
    const r = radii(y);
    return distances(x, y).filter((d) => d.some((v, j) => v <= r[j])).length / x.shape[0];
  };
  return { precision: inside(b, a), recall: inside(a, b) };
}

t.test("kernel distance", async (t) => {
  const a = rows(features(300, 12), 0, 280);
  const b = features(280, 12, 64);
  const whole = await kernelDistance(a, b, { subsets: 1, subsetSize: 280 });
  t.ok(near(whole.mean, expected.kid, 1e-9), "one subset of all is the estimate itself");
  t.equal(whole.std, 0);
  const onnx = await kernelDistance(a, b, {
    subsets: 1,
    subsetSize: 280,
    engine: await onnxEngine({ threads: 1 }),
  });
  t.ok(near(onnx.mean, expected.kid, 1e-3));

  const options = { subsets: 20, subsetSize: 100 };
  const first = await kernelDistance(a, b, options);
  t.ok(Math.abs(first.mean - expected.kid) < 3 * first.std && first.std > 0);
  t.same(await kernelDistance(a, b, options), first, "the same seed, the same images");
  t.notSame(await kernelDistance(a, b, { ...options, seed: 1 }), first);
  const same = await kernelDistance(normal(1, 2000, 12), normal(2, 2000, 12), {
    subsets: 20,
    subsetSize: 200,
  });
  t.ok(Math.abs(same.mean) < same.std, "about 0 for one distribution");
  await t.rejects(kernelDistance(a, b), /subsets of 1000 from 280 and 280 images/);
});
