// The tests that every engine takes: the golden vectors, and agreement with another engine on every op.
import { type Engine, type HostArray, type Tensor, transpose } from "@imagefn/ops";
import { difference, evaluate, evaluateAll, golden, gradients, type Tolerance } from "@imagefn/testing";
import t from "tap";
import { goldenCases } from "./cases.js";
import { dataOf, opCases, valueAndGradients } from "./opCases.js";

const vectors = golden("ops");

/** Every golden case against PyTorch's values and gradients, within the tolerance of its manifest. */
export function testGolden(engine: Engine): void {
  t.test(`golden vectors on ${engine.name}`, async (t) => {
    t.same([...vectors.keys()].sort(), Object.keys(goldenCases).sort(), "the manifest names the same cases");
    for (const [name, { inputs, f }] of Object.entries(goldenCases)) {
      const c = vectors.get(name)!;
      const x = inputs.map((i) => c.get(i));
      const y = await evaluate(engine, f, x);
      t.equal(difference(y.data, c.get("out").data, c), undefined, `${name}: value`);
      const d = await gradients(engine, f, x, c.get("g"));
      for (const [k, i] of inputs.entries())
        t.equal(difference(d[k].data, c.get(`d_${i}`).data, c), undefined, `${name}: gradient of ${i}`);
    }
  });
}

/** Values and gradients of every case, in one program: a kernel that several cases share is compiled once. */
function everyOp(engine: Engine): Promise<Record<string, HostArray>> {
  const cases = Object.entries(opCases).map(([name, opCase]) => ({ name, opCase, data: dataOf(opCase) }));
  return evaluateAll(
    engine,
    (...x) => {
      const results: Record<string, Tensor> = {};
      let at = 0;
      for (const { name, opCase, data } of cases) {
        const parts = valueAndGradients(opCase.f, x.slice(at, at + data.length));
        for (const [part, y] of Object.entries(parts)) results[`${name}: ${part}`] = y;
        at += data.length;
      }
      return results;
    },
    cases.flatMap(({ data }) => data),
  );
}

/** Values and gradients of every op on an engine against those of another. */
export function testAgreement(engine: Engine, reference: Engine, tolerance: Tolerance): void {
  t.test(`every op on ${engine.name} agrees with ${reference.name}`, async (t) => {
    const [got, expected] = [await everyOp(engine), await everyOp(reference)];
    for (const [name, { data }] of Object.entries(expected))
      t.equal(difference(got[name].data, data, tolerance), undefined, name);
  });
}

/** Indices stay right in a large array. */
export function testLarge(engine: Engine, rows: number, columns: number): void {
  t.test(`[${rows}, ${columns}] is transposed rightly on ${engine.name}`, async (t) => {
    const x = { shape: [rows, columns], data: Float32Array.from({ length: rows * columns }, (_, i) => i) };
    const { data } = await evaluate(engine, (x) => transpose(x), [x]);
    let wrong = 0;
    for (let i = 0; i < columns; i++)
      for (let j = 0; j < rows; j++) if (data[i * rows + j] !== j * columns + i) wrong++;
    t.equal(wrong, 0);
  });
}
