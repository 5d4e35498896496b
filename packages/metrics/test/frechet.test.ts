// Mean, covariance and the Frechet distance.
import { type Features, featureStatistics, frechetDistance } from "@imagefn/metrics";
import { random } from "@imagefn/ops";
import { difference, golden } from "@imagefn/testing";
import t from "tap";
import { expected, features, rows } from "./inputs.js";

function statistics(...batches: Features[]) {
  const all = featureStatistics(batches[0].shape[1]);
  for (const batch of batches) all.add(batch);
  return all.result();
}
const distance = (a: Features, b: Features) => frechetDistance(statistics(a), statistics(b));
const near = (a: number, b: number, rtol: number) => Math.abs(a - b) <= rtol * Math.abs(b);

/** [count, dims] with independent columns of deviation `scale[j]` about `mean[j]`. */
function normal(seed: number, count: number, dims: number, scale = (_: number) => 1, mean = 0): Features {
  const data = random(seed)
    .normal(count * dims)
    .map((z, k) => mean + scale(k % dims) * z);
  return { shape: [count, dims], data };
}

t.test("the golden vectors", async (t) => {
  const all = golden("metrics").get("all")!;
  const value = (name: string) => all.get(`value/${name}`).data[0];
  const real = all.get("feat_real");
  const fake = all.get("feat_fake");
  t.ok(near(distance(real, fake), value("frechet"), 1e-6));
  t.ok(distance(real, real) < 1e-12);
  t.ok(near(distance(rows(real, 0, 20), rows(fake, 0, 20)), value("frechet_rank_deficient_20of24"), 1e-6));
  const flat = ({ shape, data }: Features) => ({ shape: [shape[0], 36], data });
  t.ok(near(distance(flat(all.get("spatial_real")), flat(all.get("spatial_fake"))), value("sfid"), 1e-6));
});

t.test("numpy and scipy", async (t) => {
  const a = features(300, 12);
  const { count, mean, covariance } = statistics(a);
  t.equal(count, 300);
  t.equal(difference(mean, expected.mean, { rtol: 1e-14, atol: 0 }), undefined);
  t.equal(difference(covariance, expected.covariance, { rtol: 1e-12, atol: 1e-16 }), undefined);
  t.ok(near(distance(a, features(280, 12, 64)), expected.frechet, 1e-9));
});

t.test("the result does not depend on batches", async (t) => {
  const x = normal(1, 700, 9, (j) => 1 / (1 + j), 1000);
  const whole = statistics(x);
  const parts = featureStatistics(9);
  for (let from = 0; from < 700; from += 70) {
    parts.add(rows(x, from, from + 70));
    if (from === 350) parts.result();
  }
  t.equal(parts.count, 700);
  t.same(parts.result(), whole, "bit for bit");

  const merged = featureStatistics(9);
  merged.add(rows(x, 0, 130));
  merged.merge(JSON.parse(JSON.stringify(plain(statistics(rows(x, 130, 300))))));
  merged.add(rows(x, 300, 700));
  const { count, mean, covariance } = merged.result();
  t.equal(count, 700);
  t.equal(difference(mean, whole.mean, { rtol: 1e-14 }), undefined);
  t.equal(difference(covariance, whole.covariance, { rtol: 1e-9, atol: 1e-10 }), undefined);
});

const plain = ({ count, mean, covariance }: ReturnType<typeof statistics>) => ({
  count,
  mean: [...mean],
  covariance: [...covariance],
});

t.test("normal distributions of known distance", async (t) => {
  const diagonal = (values: number[]) =>
    Float64Array.from({ length: values.length ** 2 }, (_, k) =>
      k % (values.length + 1) === 0 ? values[k / (values.length + 1)] : 0,
    );
  const a = { mean: Float64Array.of(1, 2, 3), covariance: diagonal([1, 4, 9]) };
  const b = { mean: Float64Array.of(0, 2, 5), covariance: diagonal([4, 4, 0]) };
  // |mu|^2 = 5; (1 - 2)^2 + 0 + (3 - 0)^2
  t.ok(near(frechetDistance(a, b), 15, 1e-14));
  t.ok(near(frechetDistance(b, a), 15, 1e-14));
  t.ok(frechetDistance(a, a) < 1e-14);
  const none = { mean: Float64Array.of(0, 0, 0), covariance: new Float64Array(9) };
  t.ok(near(frechetDistance(a, none), 14 + 14, 1e-14), "against a single point");

  // Rotated by 45 degrees against each other: tr (S_a S_b)^(1/2) for diag(4, 1) and [[2.5, 1.5], [1.5, 2.5]].
  const c = { mean: new Float64Array(2), covariance: Float64Array.of(4, 0, 0, 1) };
  const d = { mean: new Float64Array(2), covariance: Float64Array.of(2.5, 1.5, 1.5, 2.5) };
  // The eigenvalues of the product have sum 12.5 and product 16: (sum of roots)^2 = 12.5 + 2 * 4.
  t.ok(near(frechetDistance(c, d), 10 - 2 * Math.sqrt(20.5), 1e-13));
});

t.test("sets of one distribution, and moved copies", async (t) => {
  const dims = 40;
  const decay = (j: number) => 1 / (1 + j / 4);
  const halves = [100, 400, 1600].map((n) => distance(normal(2, n, dims, decay), normal(3, n, dims, decay)));
  t.ok(halves[0] > 2 * halves[1] && halves[1] > 2 * halves[2] && halves[2] < 0.05, `fall with n (${halves})`);

  const x = normal(4, 30, dims, decay);
  t.ok(distance(x, x) < 1e-12, "fewer images than dimensions");
  const moved = [0.01, 0.1, 1, 10].map((by) =>
    distance(x, { shape: x.shape, data: x.data.map((v) => v + by) as Float32Array }),
  );
  const squares = [0.01, 0.1, 1, 10].map((by) => dims * by * by);
  t.equal(difference(moved, squares, { rtol: 1e-4, atol: 1e-6 }), undefined, "shift^2 dims");
});

t.test("what cannot be measured", async (t) => {
  t.throws(() => featureStatistics(0), /numbers per image \(got 0\)/);
  const s = featureStatistics(2);
  t.throws(() => s.add({ shape: [3], data: new Float32Array(3) }), /\[count, dims\]/);
  t.throws(() => s.add({ shape: [1, 3], data: new Float32Array(3) }), /3 numbers per image \(expected 2\)/);
  t.throws(
    () => s.add({ shape: [2, 2], data: Float32Array.of(0, 1, 2, Number.NaN) }),
    /number 1 of row 1 is NaN/,
  );
  t.equal(s.count, 0, "a bad batch leaves nothing behind");
  s.add({ shape: [1, 2], data: new Float32Array(2) });
  t.throws(() => s.result(), /at least two images \(got 1\)/);
  t.throws(
    () => s.merge({ count: 5, mean: new Float64Array(3), covariance: new Float64Array(9) }),
    /with 2 numbers/,
  );
  const a = { mean: new Float64Array(2), covariance: new Float64Array(4) };
  const b = { mean: new Float64Array(3), covariance: new Float64Array(9) };
  t.throws(() => frechetDistance(a, b), /got 3 and 9 numbers, expected 2 and 4/);
  t.throws(() => frechetDistance(a, { ...a, mean: Float64Array.of(0, Infinity) }), /hold Infinity/);
  t.throws(
    () => frechetDistance(a, { ...a, covariance: Float64Array.of(1, 0, 0, -1) }),
    /negative variances/,
  );
});
