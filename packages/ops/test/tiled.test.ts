// Tiled products on WebGPU beside the kernels of GPU.js: shapes with edges, and arrays beyond 2^24. The test of parity has
// every op with tiled products.
// Without an adapter this starts itself again with Chromium's SwiftShader, if that is installed.
import { fileURLToPath } from "node:url";
import {
  conv2d,
  convTranspose2d,
  type Engine,
  gpujsEngine,
  grad,
  type HostArray,
  linear,
  type MatmulOptions,
  matmul,
  type Products,
  program,
  random,
  reshape,
  type Shape,
  slice,
  square,
  sum,
  type Tensor,
  transpose,
} from "@imagefn/ops";
import { difference, evaluateAll, noSwiftShader, quickWebgpu, swiftShader } from "@imagefn/testing";
import t from "tap";

const timeout = 240_000;
t.setTimeout(timeout);

const isSoftware = process.env.VK_ICD_FILENAMES === swiftShader.VK_ICD_FILENAMES;
if (isSoftware) await quickWebgpu();
const tiled = (products: Products): Promise<Engine> => gpujsEngine({ mode: "webgpu", products });
const plain: Engine | Error = await tiled("plain").catch((error: Error) => error);
if (!(plain instanceof Error)) {
  testEdges(plain);
  testLargeFactor();
} else if (!noSwiftShader && !isSoftware) {
  const env = swiftShader;
  t.spawn(process.execPath, [fileURLToPath(import.meta.url)], { env, timeout }, "with SwiftShader");
} else {
  t.pass("skipped", { skip: plain.message });
}

function normal(shape: Shape, seed: number): HostArray {
  return { shape, data: random(seed).normal(shape.reduce((n, d) => n * d, 1)) };
}

/** The value and both gradients of a function of two arrays. */
type Case = { readonly shapes: readonly [Shape, Shape]; readonly f: (a: Tensor, b: Tensor) => Tensor };

function edgeCases(): Record<string, Case> {
  const product = (a: Shape, b: Shape, options: MatmulOptions = {}): Case => ({
    shapes: [a, b],
    f: (x, y) => matmul(x, y, options),
  });
  /** [tokens, 3, heads, channels] as three arrays of heads, as attention reads them. */
  const heads = (x: Tensor, part: number) => {
    const [tokens, , heads, channels] = x.shape;
    return transpose(reshape(slice(x, 1, part, 1), [tokens, heads, channels]), [1, 0, 2]);
  };
  return {
    "sizes of no multiple": product([65, 33], [33, 67]),
    "k 120, past the last step": product([66, 120], [50, 120], { transB: true, alpha: 0.5 }),
    "both transposed": product([96, 52], [44, 96], { transA: true, transB: true }),
    "batches, by rows of 19": product([2, 3, 17, 19], [2, 3, 19, 23]),
    "a long k": product([520, 40], [520, 36], { transA: true }),
    "heads of one array": {
      shapes: [
        [37, 3, 4, 8],
        [37, 3, 4, 8],
      ],
      f: (x, y) => matmul(heads(x, 0), heads(y, 2), { transB: true, alpha: 0.3 }),
    },
    "linear, 70 outputs": {
      shapes: [
        [35, 20],
        [70, 21],
      ],
      f: (x, w) => linear({ weight: slice(w, 1, 0, 20), bias: reshape(slice(w, 1, 20, 1), [70]) }, x),
    },
    "conv2d, 3 x 3 on 9 x 7": {
      shapes: [
        [3, 6, 9, 7],
        [34, 6, 3, 3],
      ],
      f: (x, w) => conv2d(x, w, { pad: 1, bias: reshape(slice(reshape(w, [34, 54]), 1, 3, 1), [34]) }),
    },
    "conv2d, stride 2": {
      shapes: [
        [2, 5, 9, 12],
        [8, 5, 3, 3],
      ],
      f: (x, w) => conv2d(x, w, { stride: 2, pad: 1 }),
    },
    "conv2d, 1 x 1": {
      shapes: [
        [3, 8, 6, 6],
        [36, 8, 1, 1],
      ],
      f: (x, w) => conv2d(x, w),
    },
    "convTranspose2d, stride 2": {
      shapes: [
        [2, 5, 6, 7],
        [5, 8, 4, 3],
      ],
      f: (x, w) => convTranspose2d(x, w, { stride: 2, pad: [1, 0] }),
    },
  };
}

/** Each of some cases and its gradients, all in one program. */
function results(
  engine: Engine,
  cases: readonly (readonly [string, Case])[],
): Promise<Record<string, HostArray>> {
  const arrays = cases.flatMap(([, { shapes }], i) => shapes.map((shape, k) => normal(shape, 2 * i + k)));
  const slopes = (f: Case["f"], a: Tensor, b: Tensor): Record<string, Tensor> => {
    const y = f(a, b);
    const [first, second] = grad(sum(square(y)), [a, b]) as Tensor[];
    return { value: y, "first gradient": first, "second gradient": second };
  };
  return evaluateAll(
    engine,
    (...x) =>
      Object.fromEntries(
        cases.flatMap(([name, { f }], i) =>
          Object.entries(slopes(f, x[2 * i], x[2 * i + 1])).map(([part, y]) => [`${name}: ${part}`, y]),
        ),
      ),
    arrays,
  );
}

function testEdges(plain: Engine): void {
  const styles = [
    { tile: 64, parts: 1 },
    { tile: 32, parts: 4 },
    { tile: 64, parts: 3 },
    { tile: 32, parts: 1 },
  ] as const;
  for (const [i, style] of styles.entries())
    t.test(`products by ${JSON.stringify(style)} are those of GPU.js`, async (t) => {
      // Every kernel takes time to compile, so each case has one style.
      const cases = Object.entries(edgeCases()).filter((_, k) => k % styles.length === i);
      const [got, expected] = [await results(await tiled(style), cases), await results(plain, cases)];
      for (const [name, { data }] of Object.entries(expected)) {
        const largest = data.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
        const near = { rtol: 0, atol: 5e-6 * largest };
        t.equal(difference(got[name].data, data, near), undefined, name);
      }
    });
}

function testLargeFactor(): void {
  t.test("a factor of more than 2^24 numbers", async (t) => {
    const engine = await tiled("auto");
    const [rows, k] = [4099, 4100];
    const shape = [rows, k];
    const last = program({ inputs: { x: shape } }, (_, { x }) => ({
      outputs: { y: matmul(slice(x, 0, rows - 40, 40), slice(x, 0, 0, 6), { transB: true }) },
    }));
    // Zeros but for the last number and the one that it meets.
    const x = new Float32Array(rows * k);
    x[rows * k - 1] = 3;
    x[k - 1] = 5;
    const runnable = await engine.compile(last);
    const { y } = await runnable.run({ x });
    await runnable.dispose();
    const expected = new Float32Array(40 * 6);
    expected[39 * 6] = 15;
    t.same(y.data, expected, "its last number is read, and no other");
    const total = program({ inputs: { x: shape } }, (_, { x }) => ({ outputs: { y: sum(x) } }));
    await t.rejects(engine.compile(total), {
      message: /^ops: gpujs:webgpu: sum: an array of \[4099, 4100\] is too/,
    });
  });
}
