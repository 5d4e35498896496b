// The blocks against PyTorch's values and gradients, and the embeddings against the specification's numbers.
import {
  geluTanh,
  grad,
  type HostArray,
  log,
  mul,
  onnxEngine,
  sinusoid,
  sum,
  type Tensor,
} from "@imagefn/ops";
import { difference, evaluate, evaluateAll, type GoldenCase, golden } from "@imagefn/testing";
import {
  type DecoderBlock,
  decoderBlock,
  type EncoderBlock,
  encoderBlock,
  noiseEmbedding,
  sinCosPositions,
} from "@imagefn/transformer";
import t, { type Test } from "tap";

const cases = golden("blocks");
const engine = await onnxEngine({ threads: 1 });

/** Compares f at the case's inputs and parameters, and its gradients, with the case. */
async function check(
  t: Test,
  c: GoldenCase,
  inputs: string[],
  f: (x: Tensor[], p: (name: string) => Tensor) => Tensor,
) {
  const params = c.arrays.filter((a) => a.startsWith("p/"));
  const names = [...inputs, ...params];
  const result: Record<string, HostArray> = await evaluateAll(
    engine,
    (...x) => {
      const wrt = x.slice(0, -1);
      const out = f(wrt.slice(0, inputs.length), (name) => wrt[names.indexOf(`p/${name}`)]);
      const d = grad(sum(mul(out, x[names.length])), wrt) as Tensor[];
      return {
        out,
        ...Object.fromEntries(names.map((n, i) => [n.startsWith("p/") ? `d${n}` : `d_${n}`, d[i]])),
      } as Record<string, Tensor>;
    },
    [...names, "g"].map((n) => c.get(n)),
  );
  for (const [name, value] of Object.entries(result)) {
    if (name === "d_sigma") continue;
    const expected = c.get(name).data;
    // Sums of large terms keep float32's relative error: PyTorch in float32 is itself 4e-5 from these values.
    const atol = Math.max(c.atol, 1e-6 * expected.reduce((largest, v) => Math.max(largest, Math.abs(v)), 0));
    t.equal(difference(value.data, expected, { rtol: c.rtol, atol }), undefined, name);
  }
}

const pair = (p: (name: string) => Tensor, name: string) => ({
  weight: p(`${name}.weight`),
  bias: p(`${name}.bias`),
});

t.test("adaLN-Zero block", async (t) => {
  await check(t, cases.get("dit_block")!, ["x", "c"], ([x, c], p) => {
    const params: EncoderBlock = {
      qkv: pair(p, "qkv"),
      proj: pair(p, "proj"),
      mlp: { fc1: pair(p, "mlp.fc1"), fc2: pair(p, "mlp.fc2") },
      ada: pair(p, "ada"),
    };
    return encoderBlock(params, x, c, 4);
  });
});

for (const name of ["dec_block", "dec_block_self"]) {
  t.test(`decoder block: ${name}`, async (t) => {
    await check(t, cases.get(name)!, ["x", "d"], ([x, d], p) => {
      const params: DecoderBlock = {
        self:
          name === "dec_block_self"
            ? { norm: pair(p, "ns"), qkv: pair(p, "qkv"), proj: pair(p, "ps") }
            : undefined,
        cross: { norm: pair(p, "nq"), q: pair(p, "q"), kv: pair(p, "kv"), proj: pair(p, "proj") },
        mlp: { norm: pair(p, "nm"), fc1: pair(p, "mlp.fc1"), fc2: pair(p, "mlp.fc2") },
      };
      // These vectors were made with the tanh form.
      return decoderBlock(params, x, d, 4, geluTanh);
    });
  });
}

t.test("noise embedding", async (t) => {
  await check(t, cases.get("time_mlp")!, ["sigma"], ([sigma], p) =>
    noiseEmbedding({ fc1: pair(p, "fc1"), fc2: pair(p, "fc2") }, mul(log(sigma), 250)),
  );
});

t.test("sinusoid of t = 250 ln 0.5", async (t) => {
  const { data } = await evaluate(engine, (x) => sinusoid(x, 256), [
    { shape: [1], data: Float32Array.of(250 * Math.log(0.5)) },
  ]);
  const expected: Record<number, number> = {
    0: -0.87796621,
    1: -0.51085154,
    2: 0.74098182,
    127: 0.99982662,
    128: 0.47872261,
    129: 0.85966895,
    130: 0.67152509,
    255: -0.01862046,
  };
  for (const [i, value] of Object.entries(expected))
    t.ok(Math.abs(data[Number(i)] - value) < 2e-5, `number ${i}`);
});

t.test("sin-cos positions", async (t) => {
  const { data } = await evaluate(engine, () => mul(sinCosPositions(2, 3, 768), 1), []);
  const cell = data.subarray(5 * 768);
  const expected: Record<number, number> = {
    0: 0.90929743,
    1: 0.94423677,
    192: -0.41614684,
    193: -0.32926724,
    384: 0.84147098,
    385: 0.81525065,
    576: 0.54030231,
    577: 0.57910826,
  };
  for (const [i, value] of Object.entries(expected))
    t.ok(Math.abs(cell[Number(i)] - value) < 1e-6, `number ${i}`);
  const all = golden("schedules").get("all")!;
  const small = await evaluate(engine, () => mul(sinCosPositions(4, 4, 16), 1), []);
  t.equal(difference(small.data, all.get("sincos2d_dim16_4x4").data), undefined);
  const times = await evaluate(engine, (x) => sinusoid(x, 16), [all.get("time_sinusoid_t")]);
  t.equal(difference(times.data, all.get("time_sinusoid_dim16").data, { atol: 2e-4 }), undefined);
});
