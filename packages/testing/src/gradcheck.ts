// Checks gradients by central differences, and evaluates small graphs, for tests.
import {
  type Engine,
  grad,
  type HostArray,
  mul,
  program,
  random,
  type Shape,
  sum,
  type Tensor,
} from "@imagefn/ops";
import { difference, type Tolerance } from "./allClose.js";

/** The value of f at the given arrays. */
export async function evaluate(
  engine: Engine,
  f: (...x: Tensor[]) => Tensor,
  inputs: readonly HostArray[],
): Promise<HostArray> {
  const { y } = await evaluateAll(engine, (...x) => ({ y: f(...x) }), inputs);
  return y;
}

/** The values of several results of f at the given arrays. */
export async function evaluateAll<K extends string>(
  engine: Engine,
  f: (...x: Tensor[]) => Record<K, Tensor>,
  inputs: readonly HostArray[],
): Promise<Record<K, HostArray>> {
  const shapes: Record<string, Shape> = Object.fromEntries(inputs.map((x, i) => [`x${i}`, x.shape]));
  const p = program({ inputs: shapes }, (_, given) => ({
    outputs: f(...inputs.map((_, i) => given[`x${i}`])),
  }));
  const runnable = await engine.compile(p);
  const result = await runnable.run(Object.fromEntries(inputs.map((x, i) => [`x${i}`, x])));
  await runnable.dispose();
  return result as unknown as Record<K, HostArray>;
}

/** The gradients of sum(f(x) * g) at x: one array for each input. */
export async function gradients(
  engine: Engine,
  f: (...x: Tensor[]) => Tensor,
  inputs: readonly HostArray[],
  g: HostArray,
): Promise<HostArray[]> {
  const result = await evaluateAll(
    engine,
    (...x) => {
      const wrt = x.slice(0, -1);
      const d = grad(sum(mul(f(...wrt), x[wrt.length])), wrt) as Tensor[];
      return Object.fromEntries(d.map((t, i) => [`d${i}`, t]));
    },
    [...inputs, g],
  );
  return inputs.map((_, i) => result[`d${i}`]);
}

export interface GradcheckOptions extends Tolerance {
  /** Step of the central differences. */
  readonly step?: number;
  readonly seed?: number;
  /** Check at most this many numbers of each input, evenly spread; all by default. */
  readonly limit?: number;
}

/**
 * Compares grad with central differences of f along the inputs' own axes.
 * Returns a sentence about the first input that disagrees; undefined if all agree.
 */
export async function gradcheck(
  engine: Engine,
  f: (...x: Tensor[]) => Tensor,
  inputs: readonly HostArray[],
  {
    step = 1e-2,
    rtol = 1e-2,
    atol = 2e-3,
    seed = 1,
    limit = Number.POSITIVE_INFINITY,
  }: GradcheckOptions = {},
): Promise<string | undefined> {
  const shapes: Record<string, Shape> = Object.fromEntries(inputs.map((x, i) => [`x${i}`, x.shape]));
  const names = Object.keys(shapes);
  let outShape: Shape = [];
  program({ inputs: shapes }, (_, x) => {
    outShape = f(...names.map((n) => x[n])).shape;
    return {};
  });
  const size = outShape.reduce((n, d) => n * d, 1);
  const g: HostArray = { shape: outShape, data: random(seed).stream("gradcheck").normal(size) };
  const exact = await gradients(engine, f, inputs, g);

  const p = program({ inputs: shapes }, (_, x) => ({ outputs: { y: f(...names.map((n) => x[n])) } }));
  const runnable = await engine.compile(p);
  const loss = async (at: readonly HostArray[]) => {
    const { y } = await runnable.run(Object.fromEntries(at.map((x, i) => [`x${i}`, x])));
    return y.data.reduce((total, v, i) => total + v * g.data[i], 0);
  };
  try {
    for (const [i, x] of inputs.entries()) {
      const numeric = exact[i].data.slice();
      const stride = Math.max(1, Math.ceil(numeric.length / limit));
      for (let k = 0; k < numeric.length; k += stride) {
        const shifted = (by: number) => {
          const data = x.data.slice();
          data[k] += by;
          return inputs.map((other, j) => (j === i ? { shape: x.shape, data } : other));
        };
        numeric[k] = ((await loss(shifted(step))) - (await loss(shifted(-step)))) / (2 * step);
      }
      const wrong = difference(exact[i].data, numeric, { rtol, atol });
      if (wrong) return `gradient of input ${i}: ${wrong}`;
    }
    return undefined;
  } finally {
    await runnable.dispose();
  }
}
