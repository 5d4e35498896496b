// Whole networks against PyTorch's values and gradients (made by tools/golden.py).
import {
  grad,
  type HostArray,
  leaves,
  mul,
  onnxEngine,
  random,
  sum,
  type Tensor,
  unflatten,
} from "@imagefn/ops";
import { difference, evaluateAll, golden } from "@imagefn/testing";
import { unet } from "@imagefn/unet-baseline";
import t from "tap";
import { size, tiny } from "./tiny.js";

const engine = await onnxEngine({ threads: 1 });
const cases = golden("unet", "unet/");

t.same([...cases.keys()], Object.keys(tiny), "a case for each tiny network");
for (const [name, config] of Object.entries(tiny)) {
  t.test(name, async (t) => {
    const c = cases.get(name)!;
    const network = unet(config, size);
    const initial = network.init(random(0));
    const paths = leaves<HostArray>(initial).map(([path]) => path);
    t.same(
      c.arrays.filter((a) => a.startsWith("p/")).sort(),
      paths.map((path) => `p/${path}`).sort(),
      "both have the same parameters",
    );
    const inputs = ["x", "t", "g", ...(config.classes > 0 ? ["labels"] : [])];
    const arrays = [...inputs, ...paths.map((path) => `p/${path}`)];
    const got = (await evaluateAll(
      engine,
      (...tensors) => {
        const byName = new Map(tensors.map((x, i) => [arrays[i], x]));
        const params = unflatten(initial, new Map(paths.map((path) => [path, byName.get(`p/${path}`)!])));
        const [x, time, g, labels] = tensors.slice(0, inputs.length);
        const out = network.apply(params, x, time, { labels });
        const slopes = grad(sum(mul(out, g)), { x, params });
        const named = leaves<Tensor>(slopes.params).map(([path, d]) => [`dp/${path}`, d]);
        return { out, d_x: slopes.x, ...Object.fromEntries(named) } as Record<string, Tensor>;
      },
      arrays.map((array) => c.get(array)),
    )) as Record<string, HostArray>;
    t.equal(Object.keys(got).length, 2 + paths.length);
    for (const [array, value] of Object.entries(got)) {
      const expected = c.get(array).data;
      const largest = expected.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      const tolerance = { rtol: c.rtol, atol: c.atol * largest };
      t.equal(difference(value.data, expected, tolerance), undefined, array);
    }
  });
}
