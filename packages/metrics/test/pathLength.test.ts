// Perceptual path length: outliers by hand, and a linear generator in closed form.
import { evaluate, type ImageSource, imagesSource, type PairBatch, pathLength } from "@imagefn/metrics";
import { onnxEngine, random } from "@imagefn/ops";
import t from "tap";
import { pathFinding } from "../dist/evaluation/pathFinding.js";

const near = (a: number, b: number, rtol: number) => Math.abs(a - b) <= rtol * Math.abs(b);

t.test("outliers are left out as torch-fidelity leaves them out", async (t) => {
  // 0 .. 200, of which the percentiles 2 and 198 are kept; then a count whose percentiles lie between two distances.
  const all = Float64Array.from({ length: 201 }, (_, i) => i * 1e-4);
  const { mean, kept, range } = pathLength(all.reverse(), 1e-2);
  t.equal(kept, 197);
  t.ok(near(mean, 100, 1e-12));
  t.ok(near(range[0], 2, 1e-12) && near(range[1], 198, 1e-12));
  t.equal(pathLength(all.subarray(0, 51), 1).kept, 51, "the next one below, and the next one above");
  t.same(pathLength([8], 2), { mean: 2, std: 0, kept: 1, range: [2, 2] });
  const third = pathLength([1, 2, 3, 100], 1, { percentiles: [0, 67] });
  t.same([third.mean, third.kept], [26.5, 4]);
  t.throws(() => pathLength([], 1), { code: "invalid-data", message: /no distances/ });
  t.throws(() => pathLength([1, Number.NaN], 1), { code: "invalid-data" });
  t.throws(() => pathLength([1], 0), /epsilon is 0/);
});

/** z of unit length at an angle of a great circle, times a gain: the linear generator g(z) = gain z. */
function* circle(count: number, epsilon: number, gain: number): Generator<PairBatch> {
  const omega = Math.PI / 3;
  for (let i = 0; i < count; i++) {
    const [a, b] = random(i)
      .normal(12, 0)
      .reduce<[number[], number[]]>(([a, b], z, k) => (k < 6 ? [[...a, z], b] : [a, [...b, z]]), [[], []]);
    const unit = (v: number[]) => v.map((x) => x / Math.hypot(...v));
    const dot = (v: number[], w: number[]) => v.reduce((sum, x, k) => sum + x * w[k], 0);
    const u = unit(a);
    const w = unit(b.map((x, k) => x - dot(b, u) * u[k]));
    const at = (share: number) => ({
      shape: [1, 3, 1, 2],
      data: Float32Array.from(
        u,
        (x, k) => gain * (Math.cos(share * omega) * x + Math.sin(share * omega) * w[k]),
      ),
    });
    yield { batch: at(0), other: at(epsilon) };
  }
}

t.test("a linear generator, in closed form", async (t) => {
  const gain = 0.7;
  const samples: ImageSource = {
    ...imagesSource([{ width: 2, height: 1, data: new Uint8Array(6) }]),
    async *paths(count, epsilon) {
      yield* circle(count, epsilon, gain);
    },
  };
  const finding = await pathFinding(
    {
      name: "PPL",
      settings: {},
      values: async ({ data }, other) => [
        Array.from(data).reduce((sum, v, i) => sum + (v - other!.data[i]) ** 2, 0),
      ],
    },
    { samples, count: 40, onProgress() {} },
  );
  // |g(z') - g(z)|^2 is that of a chord: (2 gain sin(omega epsilon / 2))^2.
  const epsilon = 1e-4;
  const expected = (2 * gain * Math.sin(((Math.PI / 3) * epsilon) / 2)) ** 2 / epsilon ** 2;
  // Pictures are float32: their difference of 1e-4 has three digits.
  t.ok(near(finding.value!, expected, 2e-3), `${finding.value} ${expected}`);
  t.ok(near(expected, (gain * (Math.PI / 3)) ** 2, 1e-8), "the squared speed of the path");
  t.match(finding, { metric: "PPL", n: 40, settings: { epsilon } });
});

t.test("samples that are images alone have no paths", async (t) => {
  const samples = imagesSource([{ width: 4, height: 4, data: new Uint8Array(48) }]);
  const engine = await onnxEngine({ threads: 1 });
  const { findings } = await evaluate({ samples, metrics: ["ppl"], engine });
  t.match(findings, [
    { metric: "PPL", code: "unfit-samples", reason: /follows paths through a generator's noise/ },
  ]);
});
