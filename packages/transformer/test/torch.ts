// Compares a generator with the values and gradients that PyTorch gave (tools/golden.py).
import {
  type Engine,
  grad,
  type HostArray,
  leaves,
  mapTree,
  mul,
  random,
  sum,
  type Tensor,
} from "@imagefn/ops";
import { difference, evaluateAll, golden } from "@imagefn/testing";
import type { ImageGenerator } from "@imagefn/transformer";
import type { Test } from "tap";

const cases = golden("generators");

export async function agreesWithTorch(
  t: Test,
  engine: Engine,
  name: string,
  build: (config: Readonly<Record<string, number>>) => ImageGenerator<object, unknown>,
): Promise<void> {
  const c = cases.get(name)!;
  const generator = build(c.attrs);
  const initial = generator.init(random(0));
  const paths = leaves<HostArray>(initial).map(([path]) => path);
  t.same(
    paths.map((path) => `p/${path}`).sort(),
    c.arrays.filter((array) => array.startsWith("p/")).sort(),
    "the same parameters",
  );
  const given = [...paths.map((path) => `p/${path}`), "x", "t", "labels", "g"].map((array) => c.get(array));
  const found: Record<string, HostArray> = await evaluateAll(
    engine,
    (...tensors) => {
      const [x, time, labels, g] = tensors.slice(paths.length);
      const params = mapTree(initial, (_: HostArray, path) => tensors[paths.indexOf(path)]);
      const out = generator.apply(params, x, time, { labels });
      const slopes = grad(sum(mul(out, g)), { x, params });
      const named = leaves<Tensor>(slopes.params).map(([path, d]) => [`dp/${path}`, d]);
      return { out, d_x: slopes.x, ...Object.fromEntries(named) } as Record<string, Tensor>;
    },
    given,
  );
  for (const [array, { data }] of Object.entries(found)) {
    const expected = c.get(array).data;
    const largest = expected.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    const tolerance = { rtol: c.rtol, atol: Math.max(c.atol, 1e-6 * largest) };
    t.equal(difference(data, expected, tolerance), undefined, array);
  }
}
