// Convolutions in the blocked layout of ONNX Runtime: the numbers of plain ones, and only where they fit.
import { conv2d, grad, mul, onnxEngine, program, random, type Shape, sum } from "@imagefn/ops";
import { difference } from "@imagefn/testing";
import t from "tap";
import { blockSize } from "../dist/onnx/blockedConv.js";
import { lower } from "../dist/onnx/lower.js";
import { onnxRuntime } from "../dist/onnx/runtime.js";

const size = (shape: Shape) => shape.reduce((a, b) => a * b, 1);
const block = await blockSize(await onnxRuntime());

t.test(
  "ONNX Runtime has the blocked layout on this kind of processor",
  { skip: process.arch !== "x64" },
  async (t) => {
    // Where it has not, training goes on with plain convolutions, and slower. After an update of onnxruntime-node this says so.
    t.ok([8, 16].includes(block), `blocks of ${block} channels`);
  },
);

interface Case {
  readonly channels: number;
  readonly outputs: number;
  readonly kernel?: readonly [number, number];
  readonly stride?: number;
  readonly pad?: number;
}

const cases: Case[] = [
  { channels: 32, outputs: 48 },
  { channels: 3, outputs: 32 },
  { channels: 32, outputs: 3 },
  { channels: 40, outputs: 32 },
  { channels: 16, outputs: 16, stride: 2 },
  { channels: 64, outputs: 16, kernel: [5, 3], pad: 2 },
  { channels: 16, outputs: 32, kernel: [2, 2], pad: 0 },
  { channels: 32, outputs: 32, kernel: [1, 1], pad: 0 },
];

/** A convolution, and the gradients of the sum of its cubes by image, weight and bias. */
function traced({ channels, outputs, kernel = [3, 3], stride = 1, pad = 1 }: Case) {
  const inputs = { x: [2, channels, 9, 7], weight: [outputs, channels, ...kernel], bias: [outputs] };
  const p = program({ inputs }, (_, { x, weight, bias }) => {
    const y = conv2d(x, weight, { stride, pad, bias });
    const loss = sum(mul(y, mul(y, y)));
    return { outputs: { y, ...grad(loss, { x, weight, bias }) } };
  });
  return { p, inputs };
}

for (const each of cases) {
  t.test(`the same numbers as plain convolutions: ${JSON.stringify(each)}`, async (t) => {
    const { p, inputs } = traced(each);
    const given = Object.fromEntries(
      Object.entries(inputs).map(([name, shape], i) => [name, random(i).normal(size(shape), 0)]),
    );
    const [blocked, plain] = await Promise.all(
      [true, false].map(async (blocked) => {
        const runnable = await (await onnxEngine({ threads: 1, blocked })).compile(p);
        const found = await runnable.run(given);
        await runnable.dispose();
        return found;
      }),
    );
    for (const [name, { data }] of Object.entries(plain)) {
      const largest = data.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      t.equal(difference(blocked[name].data, data, { rtol: 1e-5, atol: 2e-6 * largest }), undefined, name);
    }
  });
}

t.test("where it is used", async (t) => {
  const count = (each: Case, options: Parameters<typeof lower>[1]) =>
    lower([...traced(each).p.outputs.values()], options).nodes.filter(
      ({ domain, op }) => domain === "com.microsoft.nchwc" && op === "Conv",
    ).length;
  t.equal(count({ channels: 32, outputs: 48 }, { block: 16 }), 2, "forwards and back to the image");
  t.equal(count({ channels: 3, outputs: 32 }, { block: 16 }), 1, "forwards only: 3 outputs fill no block");
  t.equal(count({ channels: 40, outputs: 32 }, { block: 16 }), 0, "40 channels are not whole blocks of 16");
  t.equal(count({ channels: 40, outputs: 32 }, { block: 8 }), 2, "but of 8");
  t.equal(
    count({ channels: 32, outputs: 32, kernel: [1, 1], pad: 0 }, { block: 16 }),
    0,
    "1 x 1 is a product",
  );
  t.equal(count({ channels: 32, outputs: 48 }, {}), 0, "not unless asked for");
  t.equal(count({ channels: 32, outputs: 48 }, { portable: true }), 0, "never in files");
});
