// CM-Func as a whole: parameter counts, identities at the start, gradients, classes.
import { coordinateGrid } from "@imagefn/inr";
import {
  constant,
  type HostArray,
  leaves,
  mapTree,
  onnxEngine,
  program,
  random,
  type Tensor,
} from "@imagefn/ops";
import { difference, gradcheck } from "@imagefn/ops/testing";
import {
  type CmFuncConfig,
  type CmFuncParams,
  generate,
  initCmFunc,
  paperConfig,
  render,
} from "@imagefn/transformer";
import t from "tap";

const engine = await onnxEngine({ threads: 1 });
const count = (params: unknown) =>
  leaves<HostArray>(params).reduce((n, [, { shape }]) => n + shape.reduce((a, b) => a * b, 1), 0);

t.test("parameter counts of the paper's configurations", async (t) => {
  const total = (config: Partial<CmFuncConfig>) =>
    count(initCmFunc({ ...paperConfig, ...config }, random(0)));
  t.equal(total({ classes: 10 }), 143_999_491, "CIFAR-10, 32 px, patch 4");
  t.equal(total({}), 143_991_811, "64 px, patch 4");
  t.equal(total({ patch: 8 }), 144_102_403, "128 px, patch 8");
  t.equal(total({ classes: 10, decoderSelfAttention: false }), 129_829_891);
  t.equal(total({ decoderSelfAttention: false }), 129_822_211);
  t.equal(total({ patch: 8, decoderSelfAttention: false }), 129_932_803);
  const p = initCmFunc(paperConfig, random(0));
  t.equal(count(p.patch), 37_632);
  t.equal(count(p.time), 787_968);
  t.equal(count(p.encoder[0]), 10_628_352);
  t.equal(count(p.decoder[0]), 9_447_168);
  t.equal(count(p.postfc), 992_000);
  t.equal(count(p.base), 263_939);
});

const tiny: CmFuncConfig = {
  dim: 8,
  heads: 2,
  encoderDepth: 1,
  decoderDepth: 1,
  patch: 2,
  mlpRatio: 2,
  decoderSelfAttention: true,
  contextNorm: true,
  classes: 0,
  inr: { depth: 2, width: 6, groups: 3, peDim: 2, peSigma: 2, outBias: 0, coordinates: "center" },
};
const size = 4;
const grid = coordinateGrid({ height: size, width: size });

/** F(x, t) for a parameter tree. */
const free = (
  config: CmFuncConfig,
  params: CmFuncParams,
  x: Tensor,
  time: Tensor | undefined,
  coords: Tensor,
  labels?: Tensor,
) => render(config, generate(config, params, x, time, { labels, skipEncoder: !time }), coords, [size, size]);

async function run(
  config: CmFuncConfig,
  params: CmFuncParams<HostArray>,
  skipEncoder: boolean,
  labels?: Float32Array,
) {
  const p = program(
    { state: params, inputs: { x: [2, 3, size, size], time: [2], coords: [size * size, 2], labels: [2] } },
    (state, i) => ({
      outputs: {
        y: free(
          config,
          state,
          i.x,
          skipEncoder ? undefined : i.time,
          i.coords,
          labels ? i.labels : undefined,
        ),
      },
    }),
  );
  const runnable = await engine.compile(p, params);
  const { y } = await runnable.run({
    x: random(1).normal(2 * 3 * size * size),
    time: Float32Array.of(-100, 300),
    coords: grid.data,
    labels: labels ?? new Float32Array(2),
  });
  return y.data;
}

t.test("the encoder is the identity at the start, bit for bit", async (t) => {
  const params = initCmFunc(tiny, random(3));
  t.same(await run(tiny, params, false), await run(tiny, params, true));
});

t.test("outputs at the start have a spread of 0.1 to 0.2 for the paper's function", async (t) => {
  const config: CmFuncConfig = {
    ...tiny,
    dim: 32,
    inr: { ...paperConfig.inr, width: 64, groups: 1, peDim: 32, peSigma: 4, depth: 5 },
  };
  const y = await run(config, initCmFunc(config, random(3)), true);
  const std = Math.sqrt(y.reduce((s, v) => s + v * v, 0) / y.length);
  t.ok(std > 0.02 && std < 0.6, `std ${std}`);
});

t.test("class labels change the output once the blocks have learned to listen", async (t) => {
  const config = { ...tiny, classes: 3 };
  const awake = mapTree(initCmFunc(config, random(3)), (x: HostArray, path) =>
    path.includes("ada.weight")
      ? {
          shape: x.shape,
          data: random(5)
            .normal(x.data.length)
            .map((z) => z * 0.3),
        }
      : x,
  ) as CmFuncParams<HostArray>;
  const a = await run(config, awake, false, Float32Array.of(0, 1));
  const b = await run(config, awake, false, Float32Array.of(0, 2));
  const half = a.length / 2;
  t.same(a.slice(0, half), b.slice(0, half), "the same class gives the same image");
  t.not(
    difference(a.slice(half), b.slice(half), { rtol: 0, atol: 1e-4 }),
    undefined,
    "another class another image",
  );
  await t.rejects(run(config, awake, false), /labels are needed/);
});

t.test("gradients of the whole network", async (t) => {
  const params = initCmFunc(tiny, random(3));
  const names = leaves<HostArray>(params);
  // A spread away from 0 for the zero-initialised layers, so that every path carries a gradient.
  const values = names.map(([path, x]) =>
    path.includes("ada")
      ? {
          shape: x.shape,
          data: random(7)
            .stream(path)
            .normal(x.data.length)
            .map((z) => z * 0.2),
        }
      : x,
  );
  const x = { shape: [2, 3, size, size], data: random(1).normal(2 * 3 * size * size) };
  const wrong = await gradcheck(
    engine,
    (...tensors) => {
      const byPath = new Map(names.map(([path], i) => [path, tensors[i]]));
      const state = mapTree(params, (_: HostArray, path) => byPath.get(path)!) as CmFuncParams;
      return free(
        tiny,
        state,
        tensors[names.length],
        tensors[names.length + 1],
        constant({ shape: [16, 2], data: grid.data }),
      );
    },
    [...values, x, { shape: [2], data: Float32Array.of(0.5, -0.4) }],
    { step: 5e-4, rtol: 3e-2, atol: 3e-2, limit: 12 },
  );
  t.equal(wrong, undefined);
});
