// What becomes one kernel on GPU.js, counted by launches; and that oddly moved arrays are read rightly there.
import {
  add,
  broadcastTo,
  concat,
  exp,
  gpujsEngine,
  grad,
  groupNorm,
  layerNorm,
  matmul,
  mean,
  mul,
  onnxEngine,
  pad,
  program,
  random,
  reshape,
  type Shape,
  silu,
  slice,
  softmax,
  sub,
  sum,
  type Tensor,
  tanh,
  transpose,
} from "@imagefn/ops";
import { difference, evaluate } from "@imagefn/testing";
import t from "tap";
import { launches } from "./launches.js";

type F = (...x: Tensor[]) => Tensor;

/** The launches that f takes on inputs of these shapes. */
const launchesOf = (f: F, ...shapes: Shape[]) =>
  launches(
    program({ inputs: Object.fromEntries(shapes.map((s, i) => [`x${i}`, s])) }, (_, x) => ({
      outputs: { y: f(...Object.values(x)) },
    })),
  );

const slope =
  (f: F): F =>
  (x, g, ...rest) =>
    grad(sum(mul(f(x, ...rest), g)), [x])[0] as Tensor;

t.test("launches", async (t) => {
  const x: Shape = [2, 6, 8];
  const cases: [string, number, F, ...Shape[]][] = [
    [
      "a chain with numbers, a row, a column and a scalar",
      1,
      (x, row, column, s) => mul(tanh(add(mul(x, 2), row)), sub(mul(column, 3), s)),
      x,
      [8],
      [6, 1],
      [],
    ],
    ["a reshape", 0, (x) => reshape(x, [-1]), x],
    [
      "between elementwise ops, reshapes cost nothing",
      1,
      (x) => exp(reshape(exp(reshape(x, [96])), [4, 24])),
      x,
    ],
    ["moved arrays are read where they lie", 1, (x) => mul(transpose(slice(x, 1, 2, 3)), 2), x],
    ["parts put together", 1, (a, b, c) => concat([a, mul(b, 2), transpose(c)], 1), [2, 3], [2, 1], [4, 2]],
    ["a sum of products", 1, (x, y) => sum(mul(x, y), [-1]), x, x],
    ["a mean and what follows it", 1, (x) => exp(mean(x, [1])), x],
    ["a long sum, in parts", 2, (x) => sum(x), [64, 64]],
    ["softmax", 2, softmax, x],
    ["the gradient of softmax, with softmax", 4, slope(softmax), x, x],
    [
      "layerNorm with scale and shift",
      2,
      (x, weight, bias) => layerNorm(x, { affine: { weight, bias } }),
      x,
      [8],
      [8],
    ],
    ["what takes long is not done again for each column", 2, (x, column) => mul(x, tanh(column)), x, [6, 1]],
    ["the gradient of layerNorm", 4, slope((x) => layerNorm(x)), x, x],
    ["groupNorm with silu", 2, (x) => silu(groupNorm(x, 2)), [2, 4, 3, 3]],
    [
      "a sum of twenty, eight buffers at a time",
      4,
      (...x) => x.reduce((a, b) => add(a, b)),
      ...Array(20).fill(x),
    ],
    ["a product and an activation", 2, (a, b) => silu(matmul(a, b)), [3, 4], [4, 5]],
  ];
  for (const [name, count, f, ...shapes] of cases) {
    const found = launchesOf(f, ...shapes);
    t.equal(found.length, count, `${name}: ${found.map(({ op }) => op).join(", ") || "none"}`);
    t.ok(
      found.every(({ inputs }) => inputs.length <= 7),
      "with its output, at most eight buffers to a kernel",
    );
  }
});

t.test("columns in fours", async (t) => {
  for (const [n, threads] of [
    [12, 9],
    [10, 30],
  ]) {
    const [{ threads: found }] = launchesOf((a, b) => matmul(a, b), [3, 5], [5, n]);
    t.equal(found, threads, `a product with ${n} columns and 3 rows takes ${threads} threads`);
  }
});

t.test("arrays seen through several moves", async (t) => {
  const cpu = await gpujsEngine({ mode: "cpu" });
  const onnx = await onnxEngine({ threads: 1 });
  const x = { shape: [2, 3, 4], data: random(3).normal(24) };
  const cases: Record<string, F> = {
    "a transposed slice of a margin": (x) => transpose(slice(pad(x, 1, 2, 2), 1, 1, 4), [2, 0, 1]),
    "a margin around a margin": (x) => pad(pad(x, 2, 1, 2), 2, 1, 0),
    "nothing but a margin": (x) => mul(slice(pad(x, 0, 3, 1), 0, 0, 2), 2),
    "one line of a margin, repeated": (x) => broadcastTo(slice(pad(x, 1, 1, 1), 1, 0, 1), [2, 5, 4]),
    "one line of x, repeated": (x) => broadcastTo(slice(pad(x, 1, 1, 1), 1, 2, 1), [2, 5, 4]),
    "a line as a column": (x) => mul(x, reshape(slice(slice(x, 0, 1, 1), 2, 3, 1), [3, 1])),
    "a light chain, seen transposed": (x) => add(transpose(add(x, 1), [1, 0, 2]), transpose(x, [1, 0, 2])),
    "regrouped between moves": (x) => transpose(reshape(transpose(x), [2, 2, 6])),
    "a sum over moved parts": (x) => sum(mul(pad(x, 1, 1, 0), 2), [1]),
    "the sum of a sum": (x) => sum(exp(sum(x, [1])), [0]),
  };
  for (const [name, f] of Object.entries(cases)) {
    const shift: F = (x) => add(f(x), 1);
    for (const [how, g] of [
      ["alone", f],
      ["in a chain", shift],
    ] as const) {
      const [got, expected] = [await evaluate(cpu, g, [x]), await evaluate(onnx, g, [x])];
      t.same(got.shape, expected.shape);
      t.equal(difference(got.data, expected.data), undefined, `${name}, ${how}`);
    }
  }
});
