// Scalings, the consistency function and distances, by number and in a graph.
import {
  cIn,
  cOut,
  consistencyFunction,
  cSkip,
  denoiser,
  distances,
  functionScale,
  type Generator,
  initialNoise,
  l1,
  l2,
  type Parameterisation,
  parameterisations,
  pseudoHuber,
  sigmaMax,
  sigmaMin,
  timeOf,
} from "@imagefn/consistency";
import { add, constant, mul, random, reshape, type Tensor } from "@imagefn/ops";
import { difference, evaluate, evaluateAll, golden, gradients } from "@imagefn/testing";
import t from "tap";
import { awake, engine, pixelwise, tinyCmFunc, tinyDit, tinyUnet, tinyUvit } from "./generators.js";

const vectors = golden("schedules").get("all")!;

/** sigma, c_skip, c_out, c_in, t as the specification prints them. */
const table = [
  [0.002, 1, 0, 1.999984, -1553.652025],
  [0.01, 0.9997440658, 0.0079984005, 1.9996001, -1151.292546],
  [0.1, 0.9630051925, 0.0960969062, 1.9611614, -575.646273],
  [0.5, 0.5020039999, 0.352139177, 1.4142136, -173.286795],
  [1, 0.2006414105, 0.4463191683, 0.8944272, 0],
  [5, 0.0099088371, 0.4973195877, 0.1990074, 402.359478],
  [80, 3.906292723e-5, 0.4999777349, 0.0124997559, 1095.506659],
];

t.test("scalings on the host", async (t) => {
  for (const [sigma, skip, out, inner, time] of table) {
    t.equal(difference([cSkip(sigma)], [skip], { rtol: 1e-9, atol: 6e-11 }), undefined, `c_skip(${sigma})`);
    t.equal(difference([cOut(sigma)], [out], { rtol: 0, atol: 6e-11 }), undefined, `c_out(${sigma})`);
    t.equal(difference([cIn(sigma)], [inner], { rtol: 0, atol: 6e-8 }), undefined, `c_in(${sigma})`);
    t.equal(difference([timeOf(sigma)], [time], { rtol: 0, atol: 6e-7 }), undefined, `t(${sigma})`);
  }
  const sigmas = vectors.get("sigma").data;
  for (const [name, f] of Object.entries({ c_skip: cSkip, c_out: cOut, c_in: cIn }))
    t.equal(
      // sigma itself was rounded to float32, which c_out near sigmaMin feels.
      difference(Array.from(sigmas, f), vectors.get(name).data, { rtol: 5e-7, atol: 2e-10 }),
      undefined,
      `golden ${name}`,
    );
});

/** The four scalings of a graph, found by networks that answer 0 or 1, and show what they are given. */
const symbolic = (sigma: Tensor) => {
  const n = sigma.shape[0];
  const filled = (value: number): Tensor =>
    constant({ shape: [n, 1, 1, 1], data: new Float32Array(n).fill(value) });
  const [zero, one] = [filled(0), filled(1)];
  let seen: { inner?: Tensor; time?: Tensor } = {};
  const skip = consistencyFunction(
    (inner, time) => {
      seen = { inner, time };
      return zero;
    },
    one,
    sigma,
  );
  const out = consistencyFunction(() => one, zero, sigma);
  return { skip, out, inner: seen.inner!, time: seen.time! };
};

t.test("scalings in a graph", async (t) => {
  const sigma = { shape: [table.length], data: Float32Array.from(table, ([s]) => s) };
  const got = await evaluateAll(engine, symbolic, [sigma]);
  const column = (i: number) => table.map((row) => row[i]);
  t.equal(difference(got.skip.data, column(1), { rtol: 1e-6, atol: 1e-8 }), undefined, "c_skip");
  t.equal(difference(got.out.data, column(2), { rtol: 1e-6, atol: 1e-8 }), undefined, "c_out");
  t.equal(difference(got.inner.data, column(3), { rtol: 1e-6, atol: 1e-8 }), undefined, "c_in");
  t.equal(difference(got.time.data, column(4), { rtol: 1e-6, atol: 1e-4 }), undefined, "t");
  t.equal(got.skip.data[0], 1, "c_skip is exactly 1 at sigmaMin");
  t.equal(got.out.data[0], 0, "c_out is exactly 0 at sigmaMin");
  const sigmas = vectors.get("sigma");
  const golden = await evaluateAll(engine, symbolic, [sigmas]);
  for (const [name, key] of [
    ["c_skip", "skip"],
    ["c_out", "out"],
    ["c_in", "inner"],
  ] as const)
    t.equal(
      difference(golden[key].data, vectors.get(name).data, { rtol: 2e-6, atol: 1e-8 }),
      undefined,
      `golden ${name}`,
    );
});

for (const parameterisation of parameterisations)
  t.test(`f(x, sigmaMin) is x, bit for bit: ${parameterisation}`, async (t) => {
    const generators: [string, Generator, unknown][] = [
      ["CM-Func", tinyCmFunc, awake(tinyCmFunc.init(random(3)))],
      ["CM-DiT", tinyDit, awake(tinyDit.init(random(3)))],
      ["CM-UViT", tinyUvit, tinyUvit.init(random(3))],
      ["CM-UNet", tinyUnet, tinyUnet.init(random(3))],
      ["a network of pixels", pixelwise, pixelwise.init(random(3))],
    ];
    for (const [name, generator, params] of generators) {
      const runnable = await engine.compile(denoiser(generator, 2, params, parameterisation), { params });
      const x = initialNoise(5, 0, 2, generator.shape);
      const coordinates: Record<string, Float32Array> = generator.coordinates
        ? { coordinates: generator.coordinates(2) }
        : {};
      const at = async (sigma: number) =>
        (await runnable.run({ x, sigma: Float32Array.of(sigma, sigma), ...coordinates })).image.data;
      t.same(await at(sigmaMin), x, name);
      t.not(
        difference(await at(sigmaMax), x, { rtol: 0, atol: 0.1 }),
        undefined,
        `${name}: not so at sigmaMax`,
      );
    }
  });

t.test("f(x, sigma) of a network known by hand", async (t) => {
  const x = initialNoise(5, 0, 2, [3, 2, 2]);
  const sigma = Float32Array.of(0.7, 30);
  const network = (x: Tensor, t: Tensor) => add(mul(x, 3), mul(reshape(t, [-1, 1, 1, 1]), 0.01));
  const at = (parameterisation: Parameterisation) =>
    evaluate(engine, (x, s) => consistencyFunction(network, x, s, parameterisation), [
      { shape: [2, 3, 2, 2], data: x },
      { shape: [2], data: sigma },
    ]);
  const F = (v: number, s: number) => 3 * cIn(s) * v + 2.5 * Math.log(s);
  const expected = {
    skip: (v: number, s: number) => cSkip(s) * v + cOut(s) * F(v, s),
    function: (v: number, s: number) => 0.5 * F(v, s),
  };
  for (const parameterisation of parameterisations) {
    const found = await at(parameterisation);
    const f = Array.from(x, (v, i) => expected[parameterisation](v, sigma[Math.floor(i / 12)]));
    t.equal(difference(found.data, f, { rtol: 1e-5, atol: 1e-6 }), undefined, parameterisation);
  }
  t.equal(functionScale("skip"), cOut(sigmaMax));
  t.equal(functionScale("skip", 1), cOut(1));
  t.equal(functionScale("function", 1), 0.5);
});

t.test("distances of two images by hand", async (t) => {
  // Differences: 1 and -3 and nothing else in the first image; none in the second.
  const a = { shape: [2, 3, 1, 2], data: Float32Array.of(1, 0, 0, 0, 0, 0, 7, 7, 7, 7, 7, 7) };
  const b = { shape: [2, 3, 1, 2], data: Float32Array.of(0, 3, 0, 0, 0, 0, 7, 7, 7, 7, 7, 7) };
  const c = 0.00054 * Math.sqrt(6);
  const expected = { l1: [4 / 6, 0], l2: [10 / 6, 0], "pseudo-huber": [Math.sqrt(10 + c * c) - c, 0] };
  for (const { name, make } of distances) {
    const { shape, data } = await evaluate(engine, make(), [a, b]);
    t.same(shape, [2], name);
    t.equal(difference(data, expected[name], { rtol: 1e-6, atol: 1e-9 }), undefined, name);
  }
  t.same(
    distances.map(({ name }) => name),
    ["l1", "l2", "pseudo-huber"],
  );
  t.same(
    distances.map(({ make }) => make()),
    [l1, l2, pseudoHuber],
  );
});

t.test("pseudo-Huber's constant", async (t) => {
  for (const [size, c] of [
    [32, 0.02993],
    [64, 0.05986],
    [128, 0.11972],
  ]) {
    // At a distance of c the value is (sqrt 2 - 1) c.
    const n = 3 * size * size;
    const shape = [1, 3, size, size];
    const a = { shape, data: new Float32Array(n) };
    a.data[0] = c;
    const { data } = await evaluate(engine, pseudoHuber, [a, { shape, data: new Float32Array(n) }]);
    t.equal(difference(data, [(Math.SQRT2 - 1) * c], { rtol: 2e-4, atol: 0 }), undefined, `${size} px`);
  }
});

t.test("golden pseudo-Huber, value and gradients", async (t) => {
  const c = golden("ops").get("pseudo_huber")!;
  const inputs = [c.get("a"), c.get("b")];
  const { data } = await evaluate(engine, pseudoHuber, inputs);
  t.equal(difference(data, c.get("out").data, c), undefined);
  const [da, db] = await gradients(engine, pseudoHuber, inputs, c.get("g"));
  t.equal(difference(da.data, c.get("d_a").data, c), undefined, "gradient of a");
  t.equal(difference(db.data, c.get("d_b").data, c), undefined, "gradient of b");
});
