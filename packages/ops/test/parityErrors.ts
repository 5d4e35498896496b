// How far an engine is from the truth, op by op: from PyTorch on the golden vectors, from another engine on every case.
// Runs in browsers too, so what it compares with is given.
import { type Engine, grad, type HostArray, mul, program, sum, type Tensor } from "@imagefn/ops";
import { goldenCases } from "./cases.js";
import { dataOf, opCases, valueAndGradients } from "./opCases.js";

/** A golden case as plain numbers. */
export interface Vectors {
  readonly name: string;
  readonly rtol: number;
  readonly atol: number;
  readonly inputs: readonly Plain[];
  readonly g: Plain;
  readonly value: readonly number[];
  readonly gradients: readonly (readonly number[])[];
}
interface Plain {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** Largest errors of an op's value and gradients, each as a share of the largest number of its array. */
export interface Errors {
  readonly name: string;
  readonly value: number;
  readonly gradient: number;
  /** How many numbers are outside the tolerance. */
  readonly wrong: number;
}

export type Results = Record<string, readonly number[]>;

/** Runs the values and gradients of several functions as one program. */
async function evaluated(
  engine: Engine,
  cases: readonly {
    name: string;
    inputs: readonly HostArray[];
    f: (x: Tensor[]) => Record<string, Tensor>;
  }[],
): Promise<Results> {
  const given = Object.fromEntries(
    cases.flatMap(({ name, inputs }) => inputs.map((x, i) => [`${name} ${i}`, x])),
  );
  const shapes = Object.fromEntries(Object.entries(given).map(([name, { shape }]) => [name, shape]));
  const p = program({ inputs: shapes }, (_, x) => ({
    outputs: Object.fromEntries(
      cases.flatMap(({ name, inputs, f }) =>
        Object.entries(f(inputs.map((_, i) => x[`${name} ${i}`]))).map(([part, y]) => [
          `${name}: ${part}`,
          y,
        ]),
      ),
    ),
  }));
  const runnable = await engine.compile(p);
  const found = await runnable.run(given);
  await runnable.dispose();
  return Object.fromEntries(Object.entries(found).map(([name, { data }]) => [name, [...data]]));
}

/** The golden cases as an engine computes them. */
export const goldenResults = (engine: Engine, vectors: readonly Vectors[]): Promise<Results> =>
  evaluated(
    engine,
    vectors.map(({ name, inputs, g }) => ({
      name,
      inputs: [...inputs, g].map(({ shape, data }) => ({ shape, data: Float32Array.from(data) })),
      f(x) {
        const wrt = x.slice(0, -1);
        const value = goldenCases[name].f(...wrt);
        const slopes = grad(sum(mul(value, x[wrt.length])), wrt) as Tensor[];
        return { value, ...Object.fromEntries(slopes.map((d, i) => [`gradient ${i}`, d])) };
      },
    })),
  );

/** Every case of every op as an engine computes it. */
export const caseResults = (engine: Engine): Promise<Results> =>
  evaluated(
    engine,
    Object.entries(opCases).map(([name, opCase]) => ({
      name,
      inputs: dataOf(opCase),
      f: (x) => valueAndGradients(opCase.f, x),
    })),
  );

/** Results beside what they should be. */
export function errorsOf(
  names: readonly string[],
  got: Results,
  expected: Results,
  tolerance: (name: string) => { rtol: number; atol: number },
): Errors[] {
  return names.map((name) => {
    const { rtol, atol } = tolerance(name);
    const errors = { name, value: 0, gradient: 0, wrong: 0 };
    for (const [key, right] of Object.entries(expected)) {
      if (!key.startsWith(`${name}: `)) continue;
      const part = key === `${name}: value` ? "value" : "gradient";
      const largest = right.reduce((most, v) => Math.max(most, Math.abs(v)), 0) || 1;
      right.forEach((v, i) => {
        const off = Math.abs(got[key][i] - v);
        if (!(off <= atol + rtol * Math.abs(v))) errors.wrong++;
        errors[part] = Math.max(errors[part], off / largest);
      });
    }
    return errors;
  });
}
