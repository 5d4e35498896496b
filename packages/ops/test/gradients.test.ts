// Gradients of every op against central differences, on ONNX Runtime; second derivatives of some; where none flows.
import {
  attention,
  conv2d,
  gelu,
  gpujsEngine,
  grad,
  groupNorm,
  layerNorm,
  matmul,
  mul,
  onnxEngine,
  program,
  random,
  softmax,
  square,
  stopGradient,
  sum,
  type Tensor,
  transpose,
  upsampleConv2d,
  upsampleNearest,
} from "@imagefn/ops";
import { difference, evaluateAll, gradcheck } from "@imagefn/testing";
import t from "tap";
import { dataOf, opCases } from "./opCases.js";

const engine = await onnxEngine({ threads: 1 });

for (const [name, opCase] of Object.entries(opCases)) {
  if (opCase.smooth === false) continue;
  t.test(`gradient: ${name}`, async (t) => {
    t.equal(await gradcheck(engine, opCase.f, dataOf(opCase)), undefined);
  });
}

const normal = (...shape: number[]) => ({
  shape,
  data: random(3)
    .stream(`${shape}`)
    .normal(shape.reduce((n, d) => n * d, 1)),
});

t.test("second derivatives", async (t) => {
  const functions: Record<string, [(...x: Tensor[]) => Tensor, ...ReturnType<typeof normal>[]]> = {
    gelu: [gelu, normal(2, 4)],
    softmax: [softmax, normal(2, 4)],
    layerNorm: [(x) => layerNorm(x), normal(2, 5)],
    groupNorm: [
      (x, weight) => groupNorm(x, 2, { affine: { weight, bias: weight } }),
      normal(2, 4, 2, 1),
      normal(2, 4),
    ],
    attention: [attention, normal(2, 3), normal(4, 3), normal(4, 2)],
    conv2d: [(x, w) => conv2d(x, w, { stride: 2, pad: 1 }), normal(1, 2, 4, 5), normal(2, 2, 3, 3)],
  };
  for (const [name, [f, ...inputs]] of Object.entries(functions)) {
    for (const i of inputs.keys()) {
      const slope = (...x: Tensor[]) => grad(sum(square(f(...x))), x)[i];
      t.equal(
        await gradcheck(engine, slope, inputs, { step: 3e-3, atol: 1e-2, rtol: 2e-2 }),
        undefined,
        `${name}, of the gradient of input ${i}`,
      );
    }
  }
});

t.test("upsampleConv2d is conv2d of the enlarged image", async (t) => {
  const inputs = [normal(2, 3, 4, 5), normal(4, 3, 3, 3), normal(4)];
  const forms: Record<string, (...x: Tensor[]) => Tensor> = {
    small: (x, w, bias) => upsampleConv2d(x, w, { bias }),
    enlarged: (x, w, bias) => conv2d(upsampleNearest(x, 2), w, { pad: 1, bias }),
  };
  const { small, enlarged } = Object.fromEntries(
    await Promise.all(
      Object.entries(forms).map(async ([name, f]) => {
        const results = (...x: Tensor[]) => {
          const y = f(...x);
          const [dx, dw, db] = grad(sum(mul(y, square(y))), x) as Tensor[];
          return { y, dx, dw, db };
        };
        return [name, await evaluateAll(engine, results, inputs)];
      }),
    ),
  );
  for (const part of ["y", "dx", "dw", "db"])
    t.equal(difference(small[part].data, enlarged[part].data, { rtol: 1e-4, atol: 1e-3 }), undefined, part);
});

t.test(
  "attention that looks at one place gives exactly no gradient, however large what it sees",
  async (t) => {
    // Scores of one-hot rows lie thousands apart; values of 1e4 leave sums with rounding noise of 1e-2.
    const large = (name: string, scale: number, ...shape: number[]) => {
      const numbers = random(5)
        .stream(name)
        .normal(shape.reduce((n, d) => n * d, 1));
      return { shape, data: numbers.map((v) => v * scale) };
    };
    const inputs = [
      large("q", 100, 2, 9, 64),
      large("k", 100, 2, 33, 64),
      large("v", 1e4, 2, 33, 64),
      large("g", 1, 2, 9, 64),
    ];
    const forms: Record<string, (q: Tensor, k: Tensor, v: Tensor) => Tensor> = {
      attention,
      "attention to transposed values": (q, k, v) => attention(q, k, transpose(transpose(v))),
      softmax: (q, k, v) => matmul(softmax(matmul(q, k, { transB: true })), v),
    };
    for (const [name, f] of Object.entries(forms)) {
      const gradients = (q: Tensor, k: Tensor, v: Tensor, g: Tensor) => {
        const [dq, dk, dv] = grad(sum(mul(f(q, k, v), g)), [q, k, v]) as Tensor[];
        return { dq, dk, dv };
      };
      for (const on of [engine, await gpujsEngine({ mode: "cpu" })]) {
        const { dq, dk, dv } = await evaluateAll(on, gradients as never, inputs);
        t.ok(
          [...dq.data, ...dk.data].every((v) => v === 0),
          `${name} on ${on.name}: none to queries and keys`,
        );
        t.ok(
          dv.data.some((v) => v !== 0),
          `${name} on ${on.name}: but to values`,
        );
      }
    }
  },
);

t.test("where no gradient flows", async (t) => {
  const x = { shape: [2], data: Float32Array.of(3, -2) };
  const y = { shape: [3], data: Float32Array.of(1, 2, 3) };
  const values = await evaluateAll(
    engine,
    (a, b) => {
      const loss = sum(mul(a, stopGradient(mul(a, a))));
      const [da, db] = grad(loss, [a, b]) as Tensor[];
      const tree = grad(loss, { inner: [{ a }], b });
      return { da, db, inTree: tree.inner[0].a };
    },
    [x, y],
  );
  t.same([...values.da.data], [9, 4], "stopGradient: x * stop(x^2) has slope x^2");
  t.same([...values.db.data], [0, 0, 0], "zeros for what the loss does not depend on");
  t.same([...values.inTree.data], [9, 4], "a tree of targets gives a tree of gradients");
});

t.test("a target that others are made of counts along every path", async (t) => {
  const x = { shape: [2], data: Float32Array.of(3, -2) };
  const values = await evaluateAll(
    engine,
    (a) => {
      const b = square(a);
      const [da, db] = grad(sum(mul(a, b)), [a, b]) as Tensor[];
      return { da, db };
    },
    [x],
  );
  t.same([...values.da.data], [27, 12], "through b too: 3 a^2");
  t.same([...values.db.data], [3, -2], "b as it is: a");
});

t.test("only a scalar has a gradient", async (t) => {
  program({ inputs: { x: [2] } }, (_, { x }) => {
    t.throws(() => grad(square(x), [x]), { message: /ops: grad: the loss must be a scalar \(got \[2\]\)/ });
    return {};
  });
});
