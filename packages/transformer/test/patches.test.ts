// Patches, tokens and their positions, by eye, and what bad sizes are told.
import { constant, type HostArray, onnxEngine, random, reshape, transpose } from "@imagefn/ops";
import { difference, evaluate } from "@imagefn/testing";
import {
  initPatchEmbedding,
  patchEmbedding,
  patchify,
  selfAttention,
  sinCosPositions,
  unpatchify,
} from "@imagefn/transformer";
import t from "tap";

const engine = await onnxEngine({ threads: 1 });
const counted = (shape: number[]): HostArray => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
});

t.test("patches row by row, each channel by channel", async (t) => {
  // Two channels of 2 x 4 pixels, in patches of 2:
  //   0  1 | 2  3      8  9 | 10 11
  //   4  5 | 6  7     12 13 | 14 15
  const { shape, data } = await evaluate(engine, (x) => patchify(x, 2), [counted([1, 2, 2, 4])]);
  t.same(shape, [1, 2, 8]);
  t.same([...data], [0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15]);

  const tall = await evaluate(engine, (x) => patchify(x, 1), [counted([1, 2, 2, 1])]);
  t.same([...tall.data], [0, 2, 1, 3], "patches of one pixel hold its channels");
  const two = await evaluate(engine, (x) => patchify(x, 2), [counted([2, 1, 4, 2])]);
  t.same(two.shape, [2, 2, 4]);
  t.same([...two.data], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], "images one after another");
});

t.test("tokens back to pixels, each (row, column, channel)", async (t) => {
  // Two tokens of 2 x 2 cells of 2 channels, side by side: cells count 0 1, 2 3 row by row, channels alternate.
  const { shape, data } = await evaluate(engine, (x) => unpatchify(x, 2, [2, 4]), [counted([1, 2, 8])]);
  t.same(shape, [1, 2, 2, 4]);
  t.same([...data], [0, 2, 8, 10, 4, 6, 12, 14, 1, 3, 9, 11, 5, 7, 13, 15]);

  const tall = await evaluate(engine, (x) => unpatchify(x, 1, [2, 1]), [counted([1, 2, 3])]);
  t.same([...tall.data], [0, 3, 1, 4, 2, 5], "patches of one pixel hold its channels");
  const x = counted([2, 3, 4, 6]);
  const back = await evaluate(
    engine,
    (x) => {
      const tokens = reshape(patchify(x, 2), [2, 6, 3, 4]);
      return unpatchify(reshape(transpose(tokens), [2, 6, 12]), 2, [4, 6]);
    },
    [x],
  );
  t.same([...back.data], [...x.data], "what patchify took apart, with channels moved to the end");
});

t.test("the embedding is a convolution of stride p, plus positions", async (t) => {
  const [patch, dim] = [2, 8];
  const [h, w] = [4, 6];
  const x = { shape: [2, 3, h, w], data: random(1).normal(2 * 3 * h * w) };
  const params = initPatchEmbedding(random(2), { patch, dim });
  const bias = { shape: [dim], data: random(3).normal(dim) };
  t.same(params.weight.shape, [dim, 3 * patch * patch]);
  t.ok(params.bias!.data.every((v) => v === 0));
  const bound = Math.sqrt(6 / (dim + 3 * patch * patch));
  const largest = params.weight.data.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  t.ok(largest <= bound && largest > 0.8 * bound, "Xavier's bound");

  const y = await evaluate(engine, (x, weight, bias) => patchEmbedding({ weight, bias }, x, patch), [
    x,
    params.weight,
    bias,
  ]);
  t.same(y.shape, [2, 6, dim]);
  const learned = { shape: [6, dim], data: random(4).normal(6 * dim) };
  const z = await evaluate(
    engine,
    (x, weight, bias, positions) => patchEmbedding({ weight, bias }, x, patch, positions),
    [x, params.weight, bias, learned],
  );
  const positions = sinCosPositions(2, 3, dim);
  const { data: position } = positions.attrs as unknown as HostArray;
  const expected = Float32Array.from(y.data, (_, at) => {
    const [d, token, b] = [at % dim, Math.floor(at / dim) % 6, Math.floor(at / dim / 6)];
    const [top, left] = [Math.floor(token / 3) * patch, (token % 3) * patch];
    let sum = bias.data[d] + position[token * dim + d];
    for (let c = 0; c < 3; c++)
      for (let i = 0; i < patch; i++)
        for (let j = 0; j < patch; j++)
          sum +=
            params.weight.data[d * 12 + (c * patch + i) * patch + j] *
            x.data[((b * 3 + c) * h + top + i) * w + left + j];
    return sum;
  });
  t.equal(difference(y.data, expected, { rtol: 1e-5, atol: 1e-5 }), undefined);
  const moved = expected.map((v, i) => v - position[i % (6 * dim)] + learned.data[i % (6 * dim)]);
  t.equal(difference(z.data, moved, { rtol: 1e-5, atol: 1e-5 }), undefined, "with learned positions");
});

t.test("sizes that do not fit", async (t) => {
  const image = (h: number, w: number) =>
    constant({ shape: [1, 3, h, w], data: new Float32Array(3 * h * w) });
  for (const [h, w] of [
    [5, 4],
    [4, 5],
    [3, 3],
  ])
    t.throws(() => patchify(image(h, w), 2), {
      message: `transformer: an image has whole patches (got ${h} x ${w} pixels, expected multiples of 2)`,
    });
  const tokens = constant({ shape: [1, 4, 12], data: new Float32Array(48) });
  t.throws(() => unpatchify(tokens, 2, [4, 5]), /got 4 x 5 pixels, expected multiples of 2/);
  t.throws(() => sinCosPositions(2, 2, 6), {
    message: "transformer: positions need a width divisible by 4 (got 6)",
  });
  const x = constant({ shape: [1, 2, 8], data: new Float32Array(16) });
  const qkv = { weight: constant({ shape: [24, 8], data: new Float32Array(192) }) };
  t.throws(() => selfAttention(qkv, x, 3), {
    message: "transformer: a width is divided evenly among its heads (got 8 among 3)",
  });
});
