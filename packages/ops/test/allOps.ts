// Every op in one program, without anything of Node: for tests that bundle it.
import { type Engine, gpujsEngine, program, type Tensor } from "@imagefn/ops";
import { dataOf, opCases, valueAndGradients } from "./opCases.js";

/** Values and gradients of every case, by name. */
export async function allOps(engine: Engine): Promise<Record<string, Float32Array>> {
  const cases = Object.entries(opCases).map(([name, opCase]) => ({ name, opCase, data: dataOf(opCase) }));
  const inputs = cases.flatMap(({ data }) => data);
  const given = (prefix: string) => inputs.map((x, i): [string, typeof x] => [`${prefix}${i}`, x]);
  const shapes = Object.fromEntries(given("x").map(([name, { shape }]) => [name, shape]));
  const p = program({ inputs: shapes }, (_, x) => {
    const outputs: Record<string, Tensor> = {};
    let at = 0;
    for (const { name, opCase, data } of cases) {
      const own = Object.values(x).slice(at, at + data.length);
      for (const [part, y] of Object.entries(valueAndGradients(opCase.f, own)))
        outputs[`${name}: ${part}`] = y;
      at += data.length;
    }
    return { outputs };
  });
  const runnable = await engine.compile(p, {});
  const results = await runnable.run(Object.fromEntries(given("x")));
  await runnable.dispose();
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data]));
}

/** The same on GPU.js as WebAssembly, for a bundle that holds everything. */
export const allOpsOnWebasm = async () => allOps(await gpujsEngine({ mode: "webasm" }));
