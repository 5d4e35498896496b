// The renderer on WebAssembly, on GPU.js and on an engine of @imagefn/ops, against plain code.
import { type ImageFunction, type RenderEngine, render } from "@imagefn/inr";
import { onnxEngine } from "@imagefn/ops";
import { difference } from "@imagefn/testing";
import t, { type Test } from "tap";
import { highFrequencyFunction, randomFunction } from "./functions.js";

const crop = { top: 2, left: 1, height: 9, width: 8 };
const cases: [name: string, fn: ImageFunction, options: Parameters<typeof render>[1]][] = [
  ["a last block with fewer rows", randomFunction(), { width: 6, height: 7, tile: 18 }],
  ["rows in pieces", randomFunction({ coordinates: "paper" }), { width: 9, height: 2, tile: 4 }],
  ["a crop", randomFunction(), { width: 10, height: 12, tile: 40, crop }],
  ["one layer", randomFunction({ depth: 1 }), { width: 4, height: 4 }],
  ["high frequencies", highFrequencyFunction(), { width: 6, height: 6 }],
];

async function agrees(t: Test, engine: RenderEngine): Promise<void> {
  for (const [name, fn, options] of cases) {
    const plain = await render(fn, options);
    const other = await render(fn, { ...options, engine });
    t.same(other.shape, plain.shape);
    t.equal(difference(other.data, plain.data, { rtol: 0, atol: 1e-5 }), undefined, name);
  }
}

t.test("WebAssembly with SIMD", (t) => agrees(t, "simd"));

for (const engine of ["cpu", "webasm"] as const) t.test(`GPU.js, ${engine}`, (t) => agrees(t, engine));

t.test("an engine of ops", async (t) => agrees(t, await onnxEngine({ threads: 1 })));

t.test("too large a tile for GPU.js", async (t) => {
  const options = { width: 1024, height: 1024, tile: 2 ** 20, engine: "webasm" } as const;
  await t.rejects(render(randomFunction(), options), /an array of .* is too large/);
});
