// Which products get tiled kernels, by their shape; counted on the plan, without a GPU.
import { gpujsEngine, matmul, program, type Shape, type Tensor } from "@imagefn/ops";
import t from "tap";
import { plan } from "../dist/gpujs/plan.js";
import { isTiled, type Tiled } from "../dist/gpujs/tiled.js";

/** The kernels of a product of these shapes. */
function kernels(a: Shape, b: Shape, transA = false) {
  const p = program({ inputs: { a, b } }, (_, { a, b }) => ({ outputs: { y: matmul(a, b, { transA }) } }));
  return plan([...p.outputs.values()] as Tensor[], "auto").steps.map(({ kernel }) => kernel);
}
const tiledOf = (...shapes: Parameters<typeof kernels>): Tiled | undefined =>
  kernels(...shapes).find(isTiled);

t.test("tiles by shape", async (t) => {
  const cases: [string, Parameters<typeof kernels>, Tiled["tiling"] | undefined][] = [
    [
      "a large product",
      [
        [2048, 384],
        [384, 1536],
      ],
      { tile: 64, parts: 1 },
    ],
    [
      "a smaller one, by more workgroups",
      [
        [256, 128],
        [128, 256],
      ],
      { tile: 32, parts: 1 },
    ],
    ["the gradient of a weight", [[8192, 192], [8192, 192], true], { tile: 64, parts: 15 }],
    ["of a smaller one", [[2048, 32], [2048, 96], true], { tile: 32, parts: 8 }],
    [
      "batches of heads",
      [
        [128, 64, 48],
        [128, 48, 64],
      ],
      { tile: 64, parts: 1 },
    ],
    [
      "a vector",
      [
        [1, 512],
        [512, 512],
      ],
      undefined,
    ],
    [
      "a few numbers",
      [
        [3, 4],
        [4, 5],
      ],
      undefined,
    ],
  ];
  for (const [name, shapes, tiling] of cases) t.same(tiledOf(...shapes)?.tiling, tiling, name);
});

t.test("loads to a multiply-add", async (t) => {
  t.same(tiledOf([2048, 384], [384, 1536])!.loads, { numbers: 1 / 32, instructions: 1 / 128 }, "in fours");
  t.same(tiledOf([2048, 383], [383, 1536])!.loads.instructions.toFixed(4), "0.0196", "of rows of no four");
});

t.test("sums of parts take a launch of their own", async (t) => {
  t.equal(kernels([8192, 192], [8192, 192], true).length, 2);
});

t.test("how products are computed is checked", async (t) => {
  await t.rejects(gpujsEngine({ mode: "cpu", products: "plain" }), {
    message: 'ops: gpujs:cpu: products can be chosen for "webgpu" alone (got "plain")',
  });
  await t.rejects(gpujsEngine({ mode: "webgpu", products: { tile: 16 as 32, parts: 1 } }), {
    message: /^ops: gpujs:webgpu: products must be "auto", "plain" or .* \(got \{"tile":16,"parts":1\}\)$/,
  });
  await t.rejects(gpujsEngine({ mode: "webgpu", products: "fast" as "auto" }), {
    message: /\(got "fast"\)$/,
  });
});
