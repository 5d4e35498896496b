// The renderer in plain code: literal pixels, the symbolic evaluation, tiles, crops, sizes, memory.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  coordinateGrid,
  type ImageFunction,
  type InrArchitecture,
  render,
  renderBytes,
  renderFunction,
  renderRows,
  splitBatch,
} from "@imagefn/inr";
import { onnxEngine } from "@imagefn/ops";
import { difference, evaluate, golden } from "@imagefn/testing";
import t from "tap";
import { highFrequencyFunction, randomFunction } from "./functions.js";

const engine = await onnxEngine({ threads: 1 });

/** The same picture [height * width, 3] from the symbolic functions. */
async function symbolic({ architecture, scale, layers }: ImageFunction, height: number, width: number) {
  const grid = coordinateGrid({ height, width, kind: architecture.coordinates });
  const arrays = layers.flatMap(({ weight, bias }) => [weight, bias]);
  const y = await evaluate(
    engine,
    (x, ...w) =>
      renderFunction(
        architecture,
        layers.map((_, l) => ({ weight: w[2 * l], bias: w[2 * l + 1] })),
        x,
      ),
    [{ shape: [height * width, 2], data: grid.data }, ...arrays],
  );
  return y.data.map((v) => scale * v);
}

async function interleaved(fn: ImageFunction, height: number, width: number): Promise<Float32Array> {
  const out: number[] = [];
  for await (const { data } of renderRows(fn, { height, width })) out.push(...data);
  return Float32Array.from(out);
}

/** PE = [cos pi r, cos pi c, sin pi r, sin pi c]: at 2 x 2 the cosines are 0 and the sines -1 and 1. */
const literal: ImageFunction = {
  architecture: { depth: 2, width: 2, groups: 1, peDim: 2, peSigma: 1, outBias: 1, coordinates: "center" },
  scale: 0.5,
  layers: [
    {
      // h = max(0, [sin r + sin c, 1/2 - sin r])
      weight: { shape: [4, 2], data: Float32Array.of(7, 7, 7, 7, 1, -1, 1, 0) },
      bias: { shape: [2], data: Float32Array.of(0, 0.5) },
    },
    {
      // colours = [h0, h1, h0 - h1 - 1]
      weight: { shape: [2, 3], data: Float32Array.of(1, 0, 1, 0, 1, -1) },
      bias: { shape: [3], data: Float32Array.of(0, 0, -1) },
    },
  ],
};

t.test("four pixels by hand", async (t) => {
  const image = await render(literal, { width: 2, height: 2 });
  t.same(image.shape, [3, 2, 2]);
  const red = [0.5, 0.5, 0.5, 1.5];
  const green = [1.25, 1.25, 0.5, 0.5];
  const blue = [-0.75, -0.75, 0, 1];
  t.equal(difference(image.data, [...red, ...green, ...blue]), undefined);
  const clamped = await render(literal, { width: 2, height: 2, clamp: true });
  t.equal(difference(clamped.data.subarray(0, 8), [0.5, 0.5, 0.5, 1, 1, 1, 0.5, 0.5]), undefined);
  const { width, height, data } = await renderBytes(literal, { width: 2, height: 2 });
  t.same([width, height, data.length], [2, 2, 16]);
  t.same([...data.subarray(12)], [255, 191, 255, 255]);
});

t.test("a function of one layer", async (t) => {
  const [first] = literal.layers;
  const one: ImageFunction = {
    architecture: { ...literal.architecture, depth: 1, outBias: 0 },
    scale: 1,
    layers: [
      {
        weight: { shape: [4, 3], data: Float32Array.of(7, 7, 7, 7, 7, 7, 1, 0, 0, 0, 1, 0) },
        bias: { shape: [3], data: Float32Array.of(0, 0, first.bias.data[1]) },
      },
    ],
  };
  const { data } = await render(one, { width: 2, height: 2 });
  t.equal(difference(data, [-1, -1, 1, 1, -1, 1, -1, 1, 0.5, 0.5, 0.5, 0.5]), undefined);
});

t.test("agrees with the symbolic functions, also off the square, in both coordinates", async (t) => {
  for (const [fn, height, width, atol] of [
    [randomFunction(), 7, 5, 2e-6],
    [randomFunction({ coordinates: "paper" }), 4, 9, 2e-6],
    [randomFunction({ depth: 2, width: 5, groups: 1 }), 1, 3, 2e-6],
    // In float32, where the symbolic functions compute them, angles up to 3217 are off by up to 2e-4.
    [highFrequencyFunction(), 8, 8, 2e-4],
  ] as const) {
    const expected = await symbolic(fn, height, width);
    t.equal(difference(await interleaved(fn, height, width), expected, { rtol: 0, atol }), undefined);
  }
});

t.test("draws the golden vectors' generated functions", async (t) => {
  const c = golden("inr").get("inr")!;
  const architecture: InrArchitecture = {
    ...{ depth: 3, width: 12, groups: 4, peDim: 8, peSigma: 16, outBias: 0 },
    coordinates: "paper",
  };
  const layers = [0, 1, 2].map((l) => ({ weight: c.get(`gen_w${l}`), bias: c.get(`p/b.${l}`) }));
  const functions = splitBatch(architecture, layers);
  t.equal(functions.length, 2);
  // The vectors lie at (i + 1/2) / 6 and (j + 1/2) / 5, the odd pixels of a 12 x 10 picture in the paper's coordinates.
  const found: number[] = [];
  for (const fn of functions) {
    const image = await render(fn, { height: 12, width: 10 });
    for (let i = 0; i < 6; i++)
      for (let j = 0; j < 5; j++) for (let k = 0; k < 3; k++) found.push(image.get(k, 2 * i + 1, 2 * j + 1));
  }
  t.equal(difference(found, c.get("out").data, c), undefined);
});

t.test("tiles of any size give the same bits", async (t) => {
  const fn = randomFunction();
  const whole = await render(fn, { width: 23, height: 17, tile: 1e6 });
  for (const tile of [1, 2, 7, 22, 23, 24, 100, 390])
    t.same((await render(fn, { width: 23, height: 17, tile })).data, whole.data, `tile ${tile}`);
});

t.test("a crop is the same part of the whole picture, bit for bit", async (t) => {
  const fn = randomFunction();
  const [width, height] = [21, 13];
  const whole = await render(fn, { width, height });
  const crop = { top: 3, left: 5, height: 7, width: 11 };
  for (const tile of [4, 1000]) {
    const part = await render(fn, { width, height, crop, tile });
    t.same(part.shape, [3, 7, 11]);
    for (let c = 0; c < 3; c++)
      for (let i = 0; i < 7; i++)
        for (let j = 0; j < 11; j++)
          if (part.get(c, i, j) !== whole.get(c, i + 3, j + 5)) t.fail(`pixel ${i}, ${j} differs`);
  }
});

t.test("renders of other sizes share their values at equal coordinates", async (t) => {
  // The paper's i/H: pixel i of H is pixel 2i of 2H. Cell centres: pixel i of H is pixel 3i + 1 of 3H.
  for (const [coordinates, factor, offset] of [
    ["paper", 2, 0],
    ["center", 3, 1],
  ] as const) {
    const fn = randomFunction({ coordinates });
    const small = await render(fn, { width: 9, height: 6 });
    const large = await render(fn, { width: 9 * factor, height: 6 * factor });
    let worst = 0;
    for (let c = 0; c < 3; c++)
      for (let i = 0; i < 6; i++)
        for (let j = 0; j < 9; j++)
          worst = Math.max(
            worst,
            Math.abs(small.get(c, i, j) - large.get(c, factor * i + offset, factor * j + offset)),
          );
    t.ok(worst < 1e-6, `${coordinates}: ${worst}`);
  }
});

t.test("rows come in order, with progress, and can be left early", async (t) => {
  const done: number[] = [];
  const options = {
    width: 10,
    height: 9,
    tile: 40,
    onProgress: ({ rows }: { rows: number }) => done.push(rows),
  };
  const tops: number[] = [];
  for await (const rows of renderRows(randomFunction(), options)) tops.push(rows.top, rows.height);
  t.same(tops, [0, 4, 4, 4, 8, 1]);
  t.same(done, [4, 8, 9]);
  for await (const rows of renderRows(randomFunction(), options)) {
    t.equal(rows.data.length, 4 * 10 * 3);
    break;
  }
});

t.test("what cannot be drawn is named", async (t) => {
  const fn = randomFunction();
  const size = { width: 8, height: 8 };
  await t.rejects(render(fn, { ...size, width: 0 }), /the width must be a positive whole number \(got 0\)/);
  await t.rejects(render(fn, { ...size, tile: 1.5 }), /the tile must be a positive whole number/);
  const crop = { top: 0, left: 4, height: 8, width: 5 };
  await t.rejects(
    render(fn, { ...size, crop }),
    /the crop leaves the picture \(got 5 x 8 at column 4, row 0/,
  );
  await t.rejects(render(fn, { ...size, crop: { ...crop, left: -1 } }), /leaves the picture/);
  await t.rejects(render(fn, { ...size, engine: "cuda" as "cpu" }), /unknown engine \(got "cuda"/);
  await t.rejects(render({ ...fn, layers: [] }, size), /as many layers as its depth/);
  await t.rejects(renderBytes(fn, { width: 4e6, height: 4e6 }), /no room .* use renderRows/);
});

t.test("4096 x 4096 pixels in less than 400 MiB, bytes and all", async (t) => {
  const child = fileURLToPath(new URL("./largeRender.js", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [child]);
  const { bytes, last, maxRssMiB } = JSON.parse(stdout);
  t.equal(bytes, 4 * 4096 * 4096);
  t.equal(last, 255, "opaque to the last pixel");
  t.ok(maxRssMiB < 400, `${maxRssMiB} MiB`);
});
