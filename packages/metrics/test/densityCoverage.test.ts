// Density and coverage against values by hand and the definition; CMMD against the definition in numpy.
import { clipMmd, densityCoverage, type Features } from "@imagefn/metrics";
import { onnxEngine, random } from "@imagefn/ops";
import t from "tap";

const on = (...data: number[]): Features => ({ shape: [data.length, 1], data: Float64Array.from(data) });
const normal = (seed: number, count: number, dims: number, mean = 0, scale = 1): Features => ({
  shape: [count, dims],
  data: random(seed)
    .normal(count * dims)
    .map((z) => scale * z + mean),
});

t.test("density and coverage by hand", async (t) => {
  // The nearest other real points are 1, 1, 2 and 6 away.
  const real = on(0, 1, 3, 9);
  // 0.5 lies in the balls of 0 and 1, 2.5 in that of 3, 4 in those of 3 and 9, and 20 in none.
  const { density, coverage } = await densityCoverage(real, on(0.5, 2.5, 4, 20), { k: 1 });
  t.equal(density, 5 / 4);
  t.equal(coverage, 1);
  t.same(await densityCoverage(real, on(0.5), { k: 1 }), { density: 2, coverage: 0.5 });
  // The border of a ball is outside, as in prdc.
  t.same(await densityCoverage(real, on(-1), { k: 1 }), { density: 0, coverage: 0 });
  // The second nearest are 3, 2, 3 and 8 away: 3 lies on the border of two balls, and in those of 3 and 9.
  t.same(await densityCoverage(real, on(3, 3), { k: 2 }), { density: 1, coverage: 1 / 2 });
  await t.rejects(densityCoverage(real, on(1), { k: 4 }), /below the count of real images \(got 4 of 4/);
  await t.rejects(densityCoverage(real, normal(1, 3, 2)), /got 1 and 2 numbers/);
});

t.test("density and coverage are those of the definition on every engine", async (t) => {
  // Far from the origin and many of them alike: where float32 decides wrongly.
  const coarse = (seed: number, count: number): Features => {
    const { shape, data } = normal(seed, count, 4);
    return { shape, data: data.map((v) => 3000 + Math.round(v * 2) / 64) as Float32Array };
  };
  const [real, fake] = [coarse(1, 1100), coarse(2, 300)];
  const row = ({ data }: Features, i: number) => data.subarray(4 * i, 4 * i + 4);
  const squared = (x: ArrayLike<number>, y: ArrayLike<number>) =>
    [0, 1, 2, 3].reduce((sum, l) => sum + (x[l] - y[l]) ** 2, 0);
  let [inside, covered] = [0, 0];
  for (let i = 0; i < 1100; i++) {
    const own = Float64Array.from({ length: 1100 }, (_, j) => squared(row(real, i), row(real, j))).sort();
    const there = Array.from({ length: 300 }, (_, j) => squared(row(real, i), row(fake, j)));
    const n = there.filter((d) => d < own[5]).length;
    inside += n;
    covered += Number(n > 0);
  }
  const expected = { density: inside / (5 * 300), coverage: covered / 1100 };
  t.ok(expected.coverage > 0.1 && expected.coverage < 0.9);
  t.same(await densityCoverage(real, fake, { engine: "plain" }), expected);
  t.same(await densityCoverage(real, fake, { engine: await onnxEngine({ threads: 1 }) }), expected);
});

t.test("equal distributions", async (t) => {
  const { density, coverage } = await densityCoverage(normal(1, 800, 8), normal(2, 800, 8));
  t.ok(Math.abs(density - 1) < 0.1, `${density}`);
  t.ok(Math.abs(coverage - (1 - 2 ** -5)) < 0.03, `${coverage}`);
});

t.test("CMMD", async (t) => {
  // Unit vectors at angles 0 and pi/2, against 0: k is exp(-2/200) between them.
  const axes: Features = { shape: [2, 2], data: Float32Array.of(3, 0, 0, 0.5) };
  const one: Features = { shape: [1, 2], data: Float32Array.of(7, 0) };
  const k = Math.exp(-0.01);
  const byHand = 1000 * ((2 + 2 * k) / 4 + 1 - (2 * (1 + k)) / 2);
  t.ok(Math.abs((await clipMmd(axes, one)) - byHand) < 1e-10, `${byHand}`);
  t.equal(await clipMmd(axes, axes), 0);

  // numpy, float64: x = arange(24).reshape(6, 4) % 7 - 2.5, y = arange(20).reshape(5, 4) % 5 + 0.25, rows divided by their
  // lengths, 1000 (mean k(x, x) + mean k(y, y) - 2 mean k(x, y)).
  const x = { shape: [6, 4], data: Float64Array.from({ length: 24 }, (_, i) => (i % 7) - 2.5) };
  const y = { shape: [5, 4], data: Float64Array.from({ length: 20 }, (_, i) => (i % 5) + 0.25) };
  const expected = 5.784755345525694;
  t.ok(Math.abs((await clipMmd(x, y)) - expected) < 1e-9, `${await clipMmd(x, y)}`);
  const onEngine = await clipMmd(normal(1, 300, 64), normal(2, 200, 64, 0.2), {
    engine: await onnxEngine({ threads: 1 }),
  });
  const plain = await clipMmd(normal(1, 300, 64), normal(2, 200, 64, 0.2), { engine: "plain" });
  t.ok(Math.abs(onEngine - plain) < 1e-4 && plain > 0.1, `${onEngine} ${plain}`);
  await t.rejects(clipMmd({ shape: [1, 2], data: new Float32Array(2) }, one), /of image 0 have the length 0/);
});
