// The options of generated functions: mixed columns, generated biases, and how both are drawn outside of graphs.
import {
  architectureProblems,
  coordinateGrid,
  generateLayers,
  type InrArchitecture,
  initBase,
  layerShapes,
  parameterCount,
  render,
  renderFunction,
  splitBatch,
  tokenCount,
} from "@imagefn/inr";
import { type HostArray, onnxEngine, program, random, type Tensor } from "@imagefn/ops";
import { difference } from "@imagefn/testing";
import t from "tap";

const engine = await onnxEngine({ threads: 1 });
const batch = 2;
const [height, width] = [3, 4];
const grouped: InrArchitecture = {
  depth: 2,
  width: 6,
  groups: 3,
  peDim: 2,
  peSigma: 2,
  outBias: 0.25,
  coordinates: "center",
};
const mixed: InrArchitecture = { ...grouped, weights: "mlp-mod", groups: 4 };

const normals = (name: string, shape: number[]): HostArray => ({
  shape,
  data: random(1)
    .stream(name)
    .normal(shape.reduce((a, b) => a * b, 1)),
});

/** The layers of a batch of functions from random columns, and their colours at the pixels. */
async function run(architecture: InrArchitecture) {
  const shapes = layerShapes(architecture);
  const state = {
    base: initBase(architecture, random(9)),
    columns: shapes.map(({ groups, inputs }, l) => normals(`columns${l}`, [batch, groups, inputs])),
    biases: architecture.generatedBiases
      ? shapes.map(({ groups }, l) => normals(`biases${l}`, [batch, groups]))
      : undefined,
  };
  const grid = coordinateGrid({ height, width });
  const p = program(
    { state, inputs: { coordinates: grid.shape } },
    ({ base, columns, biases }, { coordinates }) => {
      const layers = generateLayers(architecture, base, columns, biases);
      const named = layers.flatMap(({ weight, bias }, l) => [
        [`weight${l}`, weight],
        [`bias${l}`, bias],
      ]);
      const colours = renderFunction(architecture, layers, coordinates);
      return { outputs: { colours, ...Object.fromEntries(named) } as Record<string, Tensor> };
    },
  );
  const result = await (await engine.compile(p, state)).run({ coordinates: grid.data });
  const layers = shapes.map((_, l) => ({ weight: result[`weight${l}`], bias: result[`bias${l}`] }));
  return { ...state, shapes, layers, colours: result.colours };
}

t.test("mixed columns: W = U A", async (t) => {
  const { base, columns, shapes, layers } = await run(mixed);
  t.same(
    base.map(({ weight }) => weight.shape),
    [
      [4, 6],
      [3, 3],
    ],
  );
  for (const [l, { inputs, outputs, groups }] of shapes.entries()) {
    const expected = Float32Array.from({ length: batch * inputs * outputs }, (_, at) => {
      const [j, i, b] = [at % outputs, Math.floor(at / outputs) % inputs, Math.floor(at / outputs / inputs)];
      let w = 0;
      for (let k = 0; k < groups; k++)
        w += columns[l].data[(b * groups + k) * inputs + i] * base[l].weight.data[k * outputs + j];
      return w;
    });
    t.same(layers[l].weight.shape, [batch, inputs, outputs]);
    t.equal(difference(layers[l].weight.data, expected), undefined);
    t.same(layers[l].bias.shape, [outputs], "shared biases");
  }
});

t.test("generated biases: each serves the neurons of its column, or is mixed like it", async (t) => {
  for (const architecture of [grouped, mixed]) {
    const plain = await run(architecture);
    const { base, biases, shapes, layers } = await run({ ...architecture, generatedBiases: true });
    for (const [l, { outputs, groups }] of shapes.entries()) {
      const own = (b: number, j: number) => {
        const u = biases![l].data.subarray(b * groups, (b + 1) * groups);
        if (architecture === grouped) return u[j % groups];
        return u.reduce((sum, v, k) => sum + v * base[l].weight.data[k * outputs + j], 0);
      };
      const expected = Float32Array.from(
        { length: batch * outputs },
        (_, at) => base[l].bias.data[at % outputs] + own(Math.floor(at / outputs), at % outputs),
      );
      t.same(layers[l].bias.shape, [batch, 1, outputs]);
      t.equal(difference(layers[l].bias.data, expected), undefined);
      t.same(layers[l].weight.data, plain.layers[l].weight.data, "the weights are as without");
    }
  }
});

t.test("taken apart and drawn in plain code", async (t) => {
  for (const options of [grouped, mixed])
    for (const generatedBiases of [false, true]) {
      const architecture = { ...options, generatedBiases };
      const { layers, colours } = await run(architecture);
      const functions = splitBatch(architecture, layers);
      t.equal(functions.length, batch);
      for (const [b, fn] of functions.entries()) {
        t.same(
          fn.layers.map(({ bias }) => bias.shape),
          [[6], [3]],
        );
        const drawn = await render(fn, { height, width });
        const expected = Float32Array.from(
          { length: 36 },
          (_, at) => colours.data[(b * 12 + (at % 12)) * 3 + Math.floor(at / 12)],
        );
        t.equal(difference(drawn.data, expected, { rtol: 1e-5, atol: 1e-5 }), undefined);
      }
    }
});

t.test("architectures that make no function, with each rule that they break", async (t) => {
  const problems = (change: Partial<InrArchitecture>) =>
    architectureProblems({ ...grouped, ...change }).map(({ field, message }) => `${field} ${message}`);
  t.same(problems({}), []);
  t.same(problems({ depth: 0, width: 2.5 }), [
    "depth must be a positive whole number (got 0)",
    "width must be a positive whole number (got 2.5)",
  ]);
  t.same(problems({ peDim: 33, groups: 2, width: 9 }), [
    "peDim is 33, which is odd: the row and the column take half of it each",
    "groups is 2, but the hidden layers of the image function have 9 outputs: groups must divide the width",
    "groups is 2, but the last layer of the image function has 3 outputs: choose 1, or 3 or more",
  ]);
  t.same(problems({ groups: 2, width: 9, weights: "mlp-mod" }), []);
  t.same(problems({ depth: 1, groups: 4 }), [], "without hidden layers the width is not used");
  t.same(problems({ groups: 100 }), [], "as many groups as neurons, where there are more");
  for (const change of [{ groups: 4 }, { groups: 2 }, { peDim: 3 }, { width: 0 }])
    t.throws(() => layerShapes({ ...grouped, ...change }), { message: `inr: ${problems(change)[0]}` });
});

t.test("sizes and lengths at the start", async (t) => {
  t.equal(parameterCount(mixed), parameterCount(grouped), "one function has as many numbers");
  t.equal(tokenCount(mixed), 4 + 3);
  t.throws(() => layerShapes({ ...grouped, groups: 4 }), /groups must divide the width/);
  t.equal(tokenCount({ ...mixed, groups: 100 }), 6 + 3, "no more columns than neurons");
  // With columns of variance 1/3, as a generator's last layers give them.
  const wide: InrArchitecture = { ...mixed, width: 64, groups: 16, peDim: 32 };
  const [{ weight }] = initBase(wide, random(2));
  const squares = weight.data.reduce((sum, v) => sum + v * v, 0) / 64;
  const length = Math.sqrt((squares * 64) / 3);
  t.ok(Math.abs(length - 1) < 0.1, `neurons begin with length ${length}`);
});

t.test("biases that are missing, in vain, or of another batch", async (t) => {
  const columns = layerShapes(grouped).map(({ groups, inputs }) => ({ shape: [1, groups, inputs] }));
  const trace = (architecture: InrArchitecture, biases?: { shape: number[] }[]) => () =>
    program({ state: { base: initBase(architecture, random(1)), columns, biases } }, (state) => {
      generateLayers(architecture, state.base as never, state.columns as never, state.biases as never);
      return {};
    });
  t.throws(trace({ ...grouped, generatedBiases: true }), {
    message:
      "inr: biases are given with generatedBiases, and only then (got none, expected one tensor per layer)",
  });
  t.throws(trace(grouped, [{ shape: [1, 3] }, { shape: [1, 3] }]), /\(got some, expected none\)/);

  const { layers } = await run({ ...grouped, generatedBiases: true });
  const wrong = layers.map(({ weight, bias }) => ({
    weight,
    bias: { shape: [3, 1, bias.shape[2]], data: new Float32Array(3 * bias.shape[2]) },
  }));
  t.throws(() => splitBatch(grouped, wrong), /a batch of 2 functions .* the first of 2 \(got \[3, 1, 6\]\)/);
});
