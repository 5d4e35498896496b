// CM-Func as training and sampling see it: coordinates and jitter, apply and reconstruct, options, errors.
import { coordinateGrid, renderFunction } from "@imagefn/inr";
import {
  abs,
  concat,
  constant,
  grad,
  type HostArray,
  leaves,
  mul,
  onnxEngine,
  program,
  random,
  reshape,
  type Shape,
  sum,
  type Tensor,
} from "@imagefn/ops";
import { difference } from "@imagefn/testing";
import { type CmFunc, type CmFuncConfig, cmFunc, generate, initCmFunc, render } from "@imagefn/transformer";
import t from "tap";
import { awake, tiny } from "./tiny.js";

const engine = await onnxEngine({ threads: 1 });
const [height, width] = [4, 6];
const batch = 2;
const generator = cmFunc(tiny, [height, width]);
const x = random(1).normal(batch * 3 * height * width);
const time = Float32Array.of(-100, 300);

type Build = (params: never, inputs: { x: Tensor; time: Tensor; coordinates: Tensor }) => Tensor;

/** What `build` makes of parameters and inputs. */
async function run(
  params: unknown,
  build: Build,
  { coordinates = generator.coordinates(batch), input = x } = {},
) {
  const inputs: Record<string, Shape> = {
    x: [batch, 3, height, width],
    time: [batch],
    coordinates: [batch, height * width, 2],
  };
  const p = program({ state: { params } as Record<string, HostArray>, inputs }, (state, given) => ({
    outputs: { y: build(state.params as never, given as never) },
  }));
  const runnable = await engine.compile(p, { params });
  const { y } = await runnable.run({ x: input, time, coordinates });
  await runnable.dispose();
  return { shape: y.shape, data: y.data };
}

const applied =
  (by: CmFunc): Build =>
  (params, { x, time, coordinates }) =>
    by.apply(params, x, time, { coordinates });
const reconstructed =
  (by: CmFunc): Build =>
  (params, { x, coordinates }) =>
    by.reconstruct(params, x, { coordinates });

t.test("what it says of itself", async (t) => {
  t.same(generator.shape, [3, height, width]);
  t.equal(generator.classes, 0);
  t.equal(generator.config, tiny);
  const [own, plain] = [generator.init(random(3)), initCmFunc(tiny, [height, width], random(3))];
  t.same(
    leaves<HostArray>(own).map(([path, { data }]) => [path, data]),
    leaves<HostArray>(plain).map(([path, { data }]) => [path, data]),
  );
});

t.test("coordinates: the grid for every image, jittered where normals are given", async (t) => {
  const grid = coordinateGrid({ height, width }).data;
  const still = generator.coordinates(3);
  t.equal(still.length, 3 * grid.length);
  for (let b = 0; b < 3; b++) t.same(still.slice(b * grid.length, (b + 1) * grid.length), grid);

  const normals = random(2).normal(3 * grid.length);
  normals.set([0, 1, -1, 10, -10]);
  const moved = generator.coordinates(3, normals);
  // Half a cell is 1 / max(height, width); 0.3 of it for each standard deviation, at most 0.5 of it.
  const expected = still.map((c, i) => c + Math.min(Math.max(0.3 * normals[i], -0.5), 0.5) / 6);
  t.equal(difference(moved, expected, { rtol: 0, atol: 1e-7 }), undefined);
  t.equal(moved[0], still[0], "no jitter for 0");
  t.throws(
    () => generator.coordinates(1, random(2).normal(7)),
    /jitter needs a multiple of 48 normals \(got 7\)/,
  );

  const paper = cmFunc({ ...tiny, inr: { ...tiny.inr, coordinates: "paper" } }, [height, width]);
  t.same(paper.coordinates(1), coordinateGrid({ height, width, kind: "paper" }).data);
});

t.test("coordinates of crops: those of the larger grid", async (t) => {
  for (const kind of ["center", "paper"] as const) {
    const own = cmFunc({ ...tiny, inr: { ...tiny.inr, coordinates: kind } }, [height, width]);
    const places = Float32Array.of(0, 0, 4, 6, 1, 3, 5, 16, 12, 1, 2, 1, 16, 12, 2);
    const crops = own.coordinates(3, undefined, places);
    const n = height * width * 2;
    t.same(
      crops.slice(0, n),
      coordinateGrid({ height, width, kind }).data,
      "the whole image is a crop of itself",
    );
    const big = coordinateGrid({ height: 16, width: 12, kind }).data;
    for (let i = 0; i < height * width; i++) {
      const at = 2 * ((3 + Math.floor(i / width)) * 12 + 5 + (i % width));
      t.same(crops.slice(n + 2 * i, n + 2 * i + 2), big.slice(at, at + 2));
      const apart = 2 * ((2 + 2 * Math.floor(i / width)) * 12 + 1 + 2 * (i % width));
      t.same(crops.slice(2 * (n + i), 2 * (n + i) + 2), big.slice(apart, apart + 2), "every second pixel");
    }
    // The jitter is one of the larger grid's cells, the half of which is 1 / 16.
    const normals = random(2).normal(3 * n);
    const half = (kind === "center" ? 1 : 0.5) / 16;
    const moved = own.coordinates(3, normals, places).slice(n);
    const expected = crops
      .slice(n)
      .map((c, i) => c + Math.min(Math.max(0.3 * normals[n + i], -0.5), 0.5) * half);
    t.equal(difference(moved, expected, { rtol: 0, atol: 1e-7 }), undefined);
  }
  t.throws(
    () => generator.coordinates(1, undefined, Float32Array.of(13, 0, 16, 6)),
    /crop 4 x 6 at \(13, 0\) leaves/,
  );
});

t.test("apply is generate, then render", async (t) => {
  const params = awake(generator);
  const whole = await run(params, applied(generator));
  t.same(whole.shape, [batch, 3, height, width]);
  const inTwo = await run(params, (p, { x, time, coordinates }) =>
    render(tiny, generator.generate(p, x, time), coordinates, [height, width]),
  );
  t.same(inTwo.data, whole.data);
  const bare = await run(params, (p, { x, time, coordinates }) =>
    renderFunction(tiny.inr, generate(tiny, p, x, time), coordinates),
  );
  t.same(bare.shape, [batch, height * width, 3], "points, then colours");
  const at = (b: number, c: number, point: number) => bare.data[(b * height * width + point) * 3 + c];
  t.same(
    whole.data,
    Float32Array.from(whole.data, (_, i) => at(Math.floor(i / 72), Math.floor(i / 24) % 3, i % 24)),
    "row by row",
  );
  const moved = generator.coordinates(batch, random(2).normal(batch * height * width * 2));
  const jittered = await run(params, applied(generator), { coordinates: moved });
  t.not(difference(jittered.data, whole.data, { atol: 1e-3 }), undefined, "it renders where it is told to");
});

t.test("one function, rendered at two sizes, agrees where coordinates do", async (t) => {
  const params = awake(generator);
  const p = program(
    { state: params, inputs: { x: [batch, 3, height, width], time: [batch] } },
    (state, given) => {
      const layers = generator.generate(state, given.x, given.time);
      const at = (scale: number) => {
        const [h, w] = [scale * height, scale * width];
        const { shape, data } = coordinateGrid({ height: h, width: w });
        return render(tiny, layers, constant({ shape, data }), [h, w]);
      };
      return { outputs: { one: at(1), three: at(3) } };
    },
  );
  const { one, three } = await (await engine.compile(p, params)).run({ x, time });
  t.same(three.shape, [batch, 3, 3 * height, 3 * width]);
  // The centre of a cell is the centre of the middle one of its 3 x 3 parts.
  const centres = Float32Array.from(one.data, (_, i) => {
    const [image, row, column] = [Math.floor(i / 24), Math.floor((i % 24) / width), i % width];
    return three.data[(image * 12 + 3 * row + 1) * 18 + 3 * column + 1];
  });
  t.equal(difference(centres, one.data, { rtol: 1e-4, atol: 1e-5 }), undefined);
});

t.test("reconstruct leaves the encoder out", async (t) => {
  const start = generator.init(random(3));
  t.same((await run(start, reconstructed(generator))).data, (await run(start, applied(generator))).data);
  const params = { ...start, encoder: awake(generator).encoder };
  const reconstruction = await run(params, reconstructed(generator));
  t.same(reconstruction.data, (await run(start, reconstructed(generator))).data, "whatever it has learned");
  t.not(
    difference((await run(params, applied(generator))).data, reconstruction.data, { atol: 1e-3 }),
    undefined,
    "which matters to apply",
  );
});

t.test("images of a batch do not see each other", async (t) => {
  const params = awake(generator);
  const other = x.slice();
  other.set(random(9).normal(72), 72);
  const [a, b] = [
    await run(params, applied(generator)),
    await run(params, applied(generator), { input: other }),
  ];
  t.equal(difference(b.data.slice(0, 72), a.data.slice(0, 72), { rtol: 1e-5, atol: 1e-6 }), undefined);
  t.not(difference(b.data.slice(72), a.data.slice(72), { atol: 1e-3 }), undefined);
});

t.test("options", async (t) => {
  const base = await run(awake(generator), applied(generator));
  const paths = (config: CmFuncConfig) =>
    leaves<HostArray>(cmFunc(config, [height, width]).init(random(3))).map(([path]) => path);
  const inr = (change: Partial<CmFuncConfig["inr"]>) => ({ inr: { ...tiny.inr, ...change } });
  // What distinguishes the parameters: which of them are gone, and which are new.
  const variants: [string, Partial<CmFuncConfig>, RegExp][] = [
    ["without a context norm", { contextNorm: false }, /^context\./],
    ["without self-attention", { decoderSelfAttention: false }, /^decoder\.\d+\.self\./],
    ["with learned positions", { positions: "learned" }, /^positions$/],
    ["with generated biases", inr({ generatedBiases: true }), /^postfc\.\d+\.bias\./],
    ["with mixed columns", inr({ weights: "mlp-mod" }), /^$/],
  ];
  for (const [name, change, changed] of variants) {
    const config = { ...tiny, ...change };
    const other = (all: string[]) => all.filter((path) => !changed.test(path));
    t.same(other(paths(config)), other(paths(tiny)), `${name}: the other parameters are the same`);
    t.equal(paths(config).length === paths(tiny).length, name === "with mixed columns");
    const own = cmFunc(config, [height, width]);
    const params = awake(own);
    const y = await run(params, applied(own));
    t.ok(y.data.every(Number.isFinite));
    t.not(difference(y.data, base.data, { atol: 1e-3 }), undefined, `${name}: other images`);
    const start = own.init(random(3));
    t.same(
      (await run(start, applied(own))).data,
      (await run(start, reconstructed(own))).data,
      `${name}: the encoder still begins as the identity`,
    );
    // The size of the gradient by every parameter.
    const slopes = await run(params, (p, inputs) => {
      const image = applied(own)(p, inputs);
      const g = constant({ shape: image.shape, data: random(5).normal(batch * 72) });
      const all = leaves<Tensor>(grad(sum(mul(image, g)), p)).map(([, d]) => sum(abs(d)));
      return concat(
        all.map((v) => reshape(v, [1])),
        0,
      );
    });
    t.equal(slopes.data.length, paths(config).length);
    t.ok(
      slopes.data.every((v) => v > 0),
      `${name}: every parameter carries a gradient`,
    );
  }
});

t.test("what is missing or does not fit", async (t) => {
  const failing = (
    config: CmFuncConfig,
    size: [number, number],
    inputs: (i: Record<string, Tensor>) => object,
  ) => {
    const shapes: Record<string, Shape> = {
      x: [1, 3, ...size],
      time: [1],
      coordinates: [1, size[0] * size[1], 2],
      labels: [1],
    };
    return () => {
      const own = cmFunc(config, size);
      return program({ state: own.init(random(3)), inputs: shapes }, (params, i) => ({
        outputs: { y: own.apply(params, i.x, i.time, inputs(i)) },
      }));
    };
  };
  const all = ({ coordinates, labels }: Record<string, Tensor>) => ({ coordinates, labels });
  const unlabelled = ({ coordinates }: Record<string, Tensor>) => ({ coordinates });
  t.throws(failing(tiny, [4, 5], unlabelled), {
    message:
      "transformer: CM-Func: patch is 2, which does not divide the image size 4 x 5: choose a divisor of both",
  });
  t.throws(failing({ ...tiny, heads: 3 }, [4, 4], unlabelled), {
    message: "transformer: CM-Func: heads is 3, which does not divide dim 8: each head takes an equal part",
  });
  t.throws(failing({ ...tiny, classes: 3 }, [4, 4], unlabelled), {
    message: "transformer: labels are needed (this generator has 3 classes)",
  });
  t.throws(failing(tiny, [4, 4], all), {
    message: "transformer: labels given (this generator has 0 classes)",
  });
  t.throws(
    failing(tiny, [4, 4], () => ({})),
    { message: "transformer: CM-Func needs coordinates to render at" },
  );
  t.throws(
    () =>
      program({ state: awake(generator), inputs: { x: [1, 3, 4, 4] } }, (params, { x }) => {
        generate(tiny, params, x, undefined);
        return {};
      }),
    { message: "transformer: generate: a noise level t [batch] is needed unless the encoder is skipped" },
  );
  t.doesNotThrow(failing({ ...tiny, classes: 3 }, [4, 4], all));
});
