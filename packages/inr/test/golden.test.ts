// Coordinates, embedding, grouping and rendering against PyTorch's values and the specification's.
import {
  coordinateGrid,
  evaluateLayers,
  frequencies,
  generateLayers,
  type InrArchitecture,
  type InrLayer,
  jitterAmplitude,
  layerShapes,
  paperArchitecture,
  parameterCount,
  positionalEmbedding,
  tokenCount,
  variationalCoordinates,
} from "@imagefn/inr";
import { grad, mul, onnxEngine, random, sum, type Tensor, transpose } from "@imagefn/ops";
import { difference, evaluate, evaluateAll, golden } from "@imagefn/testing";
import t from "tap";

const engine = await onnxEngine({ threads: 1 });
const c = golden("inr").get("inr")!;
const architecture: InrArchitecture = {
  depth: 3,
  width: 12,
  groups: 4,
  peDim: 8,
  peSigma: 16,
  outBias: 0,
  coordinates: "center",
};

t.test("positional embedding of a 6 x 5 grid", async (t) => {
  // The vectors were made with cell centres in [0, 1]; ours lie in [-1, 1].
  const grid = { data: coordinateGrid({ height: 6, width: 5 }).data.map((x) => (x + 1) / 2) };
  const pe = await evaluate(engine, (x) => positionalEmbedding(x, architecture), [
    { shape: [30, 2], data: grid.data },
  ]);
  t.equal(difference(pe.data, c.get("pe").data, c), undefined);
});

t.test("generated weights, render and gradients", async (t) => {
  const names = ["m0", "m1", "m2", "p/w.0", "p/w.1", "p/w.2", "p/b.0", "p/b.1", "p/b.2"];
  const values = await evaluateAll(
    engine,
    (...x) => {
      const wrt = x.slice(0, 9);
      const base: InrLayer[] = [3, 4, 5].map((i) => ({ weight: wrt[i], bias: wrt[i + 3] }));
      const layers = generateLayers(
        architecture,
        base,
        wrt.slice(0, 3).map((m) => transpose(m)),
      );
      const out = evaluateLayers(architecture, layers, x[9]);
      const d = grad(sum(mul(out, x[10])), wrt) as Tensor[];
      const gradients = Object.fromEntries(
        names.map((n, i) => [n.startsWith("p/") ? `d${n}` : `d_${n}`, d[i]]),
      );
      return {
        out,
        ...Object.fromEntries(layers.map((l, i) => [`gen_w${i}`, l.weight])),
        ...gradients,
      } as Record<string, Tensor>;
    },
    [...names, "pe", "g"].map((n) => c.get(n)),
  );
  for (const [name, value] of Object.entries(values))
    t.equal(difference(value.data, c.get(name).data, c), undefined, name);
});

t.test("each column of W has unit length and uses token j mod g", async (t) => {
  const a: InrArchitecture = { ...architecture, depth: 1, groups: 3, peDim: 2 };
  const six = { ...a, depth: 2, width: 6 };
  const columns = [3, 3].map((g, l) => ({
    shape: [1, g, l === 0 ? 4 : 6],
    data: random(l).normal(g * (l === 0 ? 4 : 6)),
  }));
  const ones = [
    { shape: [4, 6], data: new Float32Array(24).fill(1) },
    { shape: [6, 3], data: new Float32Array(18).fill(1) },
  ];
  const w = await evaluate(
    engine,
    (m0, m1, w0, w1) =>
      generateLayers(
        six,
        [
          { weight: w0, bias: w0 },
          { weight: w1, bias: w1 },
        ],
        [m0, m1],
      )[0].weight,
    [...columns, ...ones],
  );
  for (let j = 0; j < 6; j++) {
    const column = [0, 1, 2, 3].map((i) => w.data[i * 6 + j]);
    t.ok(Math.abs(Math.hypot(...column) - 1) < 1e-6, `column ${j} has length 1`);
    const token = [...columns[0].data.subarray((j % 3) * 4, (j % 3) * 4 + 4)];
    const norm = Math.hypot(...token);
    t.ok(
      column.every((v, i) => Math.abs(v - token[i] / norm) < 1e-6),
      `column ${j} is token ${j % 3}`,
    );
  }
});

t.test("the paper's architecture has the paper's numbers", async (t) => {
  t.equal(parameterCount(paperArchitecture), 263939);
  t.equal(tokenCount(paperArchitecture), 259);
  t.equal(tokenCount({ ...paperArchitecture, groups: 128 }), 515);
  t.equal(tokenCount({ ...paperArchitecture, groups: 256 }), 1027);
  t.throws(() => layerShapes({ ...paperArchitecture, groups: 60 }), /groups must divide/);
  const w = frequencies(paperArchitecture);
  for (const [k, value] of [
    [0, 1],
    [1, 1.11630415],
    [31, 30.287171],
    [32, 33.809695],
    [63, 1024],
  ])
    t.ok(Math.abs(w[k] - value) < 1e-6 * value, `w_${k} = ${value}`);
});

t.test("grids: cell centres, the paper's i/H, crops", async (t) => {
  const column = (grid: { data: Float32Array }, axis: number) =>
    [...grid.data].filter((_, i) => i % 2 === axis);
  t.same(column(coordinateGrid({ height: 4, width: 1 }), 0), [-0.75, -0.25, 0.25, 0.75]);
  t.same(column(coordinateGrid({ height: 1, width: 4, kind: "paper" }), 1), [0, 0.25, 0.5, 0.75]);
  const whole = coordinateGrid({ height: 3, width: 4 }).data;
  const part = coordinateGrid({ height: 3, width: 4, crop: { top: 1, left: 2, height: 1, width: 2 } }).data;
  t.same([...part], [...whole.subarray(12, 16)]);
  t.throws(
    () => coordinateGrid({ height: 3, width: 4, crop: { top: 3, left: 0, height: 1, width: 1 } }),
    /leaves the image/,
  );
  t.throws(() => coordinateGrid({ height: 0, width: 4 }), /positive whole/);
});

t.test("variational coordinates: clipped, of the right spread, halved for the paper's grid", async (t) => {
  const options = { height: 16, width: 8 };
  const normals = random(3).normal(50 * 16 * 8 * 2);
  const grid = coordinateGrid(options).data;
  const jitter = variationalCoordinates(options, normals).map((v, i) => v - grid[i % grid.length]);
  const limit = 0.5 / 16;
  t.equal(jitterAmplitude(options), limit);
  t.ok(jitter.every((e) => Math.abs(e) <= limit + 1e-7));
  const std = Math.sqrt(jitter.reduce((s, e) => s + e * e, 0) / jitter.length);
  t.ok(Math.abs(std - 0.275 / 16) < 0.004 / 16, `std ${std * 16} h`);
  t.equal(jitterAmplitude({ ...options, kind: "paper" }), limit / 2);
  t.throws(() => variationalCoordinates(options, normals.subarray(1)), /multiple/);
});
