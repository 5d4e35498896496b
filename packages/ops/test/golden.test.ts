// Every op against PyTorch's values and gradients, on every engine.
import { onnxEngine } from "@imagefn/ops";
import { difference, evaluate, golden, gradients } from "@imagefn/ops/testing";
import t from "tap";
import { goldenCases } from "./cases.js";

const cases = golden(new URL("../../../golden/", import.meta.url), "ops");

const engine = await onnxEngine({ threads: 1 });
t.test("the manifest and the cases name the same ops", async (t) => {
  t.same([...cases.keys()].sort(), Object.keys(goldenCases).sort());
});
for (const [name, { inputs, f }] of Object.entries(goldenCases)) {
  t.test(`${name} on ${engine.name}`, async (t) => {
    const c = cases.get(name)!;
    const x = inputs.map((i) => c.get(i));
    const y = await evaluate(engine, f, x);
    t.equal(difference(y.data, c.get("out").data, c), undefined, "value");
    const d = await gradients(engine, f, x, c.get("g"));
    inputs.forEach((i, k) =>
      t.equal(difference(d[k].data, c.get(`d_${i}`).data, c), undefined, `gradient of ${i}`),
    );
  });
}
