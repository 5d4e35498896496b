// Weights of DiT, U-ViT and trans-inr: every parameter filled once, and the same numbers as forward passes of their layout.
import { generateLayers } from "@imagefn/inr";
import {
  add,
  concat,
  constant,
  conv2d,
  gelu,
  geluTanh,
  type HostArray,
  layerNorm,
  leaves,
  linear,
  mapTree,
  matmul,
  mul,
  onnxEngine,
  random,
  reshape,
  silu,
  sinusoid,
  slice,
  softmax,
  split,
  type Tensor,
  transpose,
} from "@imagefn/ops";
import { difference, evaluate, evaluateAll } from "@imagefn/testing";
import {
  cmFunc,
  type DitConfig,
  dit,
  importDit,
  importTransInr,
  importUvit,
  patchEmbedding,
  sinCosPositions,
  type UvitConfig,
  uvit,
} from "@imagefn/transformer";
import t, { type Test } from "tap";

const engine = await onnxEngine({ threads: 1 });
const [dim, heads, patch, side, classes] = [16, 2, 2, 4, 3];
const tokens = (side / patch) ** 2;
const size = [side, side] as const;

/** Made-up weights of given names and shapes: no two numbers are equal. */
const made = (shapes: Record<string, number[]>): Map<string, HostArray> =>
  new Map(
    Object.entries(shapes).map(([name, shape]) => [
      name,
      {
        shape,
        data: random(8)
          .stream(name)
          .normal(shape.reduce((n, d) => n * d, 1))
          .map((v) => 0.3 * v),
      },
    ]),
  );
const layer = (name: string, outputs: number, inputs: number) => ({
  [`${name}.weight`]: [outputs, inputs],
  [`${name}.bias`]: [outputs],
});
const affine = (name: string) => ({ [`${name}.weight`]: [dim], [`${name}.bias`]: [dim] });

/** Their modules, on constants. */
function modules(weights: ReadonlyMap<string, HostArray>) {
  const w = (name: string) => constant(weights.get(name)!);
  const pair = (name: string) => ({
    weight: w(`${name}.weight`),
    bias: weights.has(`${name}.bias`) ? w(`${name}.bias`) : undefined,
  });
  return {
    w,
    pair,
    fc: (name: string, x: Tensor) => linear(pair(name), x),
    /** Conv2d of stride p, flatten(2), transpose(1, 2). */
    patches(name: string, x: Tensor) {
      const y = conv2d(x, w(`${name}.weight`), { stride: patch, bias: w(`${name}.bias`) });
      return transpose(reshape(y, [y.shape[0], dim, tokens]));
    },
    /** timm's and U-ViT's attention: outputs of qkv are (3, heads, d). */
    attention(name: string, x: Tensor) {
      const [b, n] = x.shape;
      const all = reshape(linear(pair(`${name}.qkv`), x), [b, n, 3, heads, dim / heads]);
      const [q, k, v] = [0, 1, 2].map((i) =>
        transpose(reshape(slice(all, 2, i, 1), [b, n, heads, dim / heads]), [0, 2, 1, 3]),
      );
      const scores = mul(matmul(q, transpose(k)), (dim / heads) ** -0.5);
      const mixed = transpose(matmul(softmax(scores), v), [0, 2, 1, 3]);
      return linear(pair(`${name}.proj`), reshape(mixed, [b, n, dim]));
    },
    /** einsum nhwpqc -> nchpwq. */
    unpatchify(x: Tensor, c: number) {
      const cells = reshape(x, [x.shape[0], side / patch, side / patch, patch, patch, c]);
      return reshape(transpose(cells, [0, 5, 1, 3, 2, 4]), [x.shape[0], c, side, side]);
    },
  };
}

const inputs = [
  { shape: [2, 3, side, side], data: random(1).normal(2 * 3 * side * side) },
  { shape: [2], data: Float32Array.of(-100, 300) },
  { shape: [2], data: Float32Array.of(2, 0) },
];
const constants = <P>(tree: P) => mapTree(tree, (a: HostArray) => constant(a));

/** Our network with the imported parameters, and theirs. */
async function agrees(
  t: Test,
  ours: (x: Tensor, time: Tensor, labels: Tensor) => Tensor,
  theirs: (x: Tensor, time: Tensor, labels: Tensor) => Tensor,
) {
  const both = (x: Tensor, time: Tensor, labels: Tensor) => ({
    a: ours(x, time, labels),
    b: theirs(x, time, labels),
  });
  const { a, b } = await evaluateAll(engine, both as never, inputs);
  t.same(a.shape, b.shape);
  t.ok(b.data.some((v: number) => Math.abs(v) > 0.1));
  t.equal(difference(a.data, b.data, { rtol: 1e-4, atol: 1e-5 }), undefined, "the same images");
}

/** That every name is needed, and that no other is taken. */
function refuses(
  t: Test,
  weights: ReadonlyMap<string, HostArray>,
  read: (weights: ReadonlyMap<string, HostArray>) => unknown,
  optional: RegExp = /^$/,
) {
  for (const name of weights.keys()) {
    if (optional.test(name)) continue;
    const without = new Map([...weights].filter(([other]) => other !== name));
    t.throws(() => read(without), { message: new RegExp(`"${name}" is missing \\(for `) });
    const other = new Map(weights).set(name, { shape: [7], data: new Float32Array(7) });
    t.throws(() => read(other), { message: new RegExp(`"${name}" is \\[7\\] \\(expected \\[`) });
  }
  const more = new Map(weights).set("extra.weight", { shape: [1], data: new Float32Array(1) });
  t.throws(() => read(more), { message: /"extra\.weight" is not known/ });
}

/** Each parameter's own shape, and no number twice. */
function filledOnce(t: Test, tree: unknown, initial: unknown) {
  const shapes = (of: unknown) => leaves<HostArray>(of).map(([path, { shape }]) => [path, [...shape]]);
  t.same(shapes(tree), shapes(initial));
  const all = leaves<HostArray>(tree).flatMap(([, { data, shape }]) => {
    t.equal(
      data.length,
      shape.reduce((n, d) => n * d, 1),
    );
    return [...data];
  });
  t.equal(new Set(all).size, all.length, "every number is somewhere else in the file");
}

const ditConfig: DitConfig = { dim, heads, depth: 2, patch, mlpRatio: 4, classes };
const ditShapes = (outputs: number, rows: number) => ({
  "x_embedder.proj.weight": [dim, 3, patch, patch],
  "x_embedder.proj.bias": [dim],
  ...layer("t_embedder.mlp.0", dim, 256),
  ...layer("t_embedder.mlp.2", dim, dim),
  "y_embedder.embedding_table.weight": [rows, dim],
  ...Object.assign(
    {},
    ...[0, 1].map((i) => ({
      ...layer(`blocks.${i}.attn.qkv`, 3 * dim, dim),
      ...layer(`blocks.${i}.attn.proj`, dim, dim),
      ...layer(`blocks.${i}.mlp.fc1`, 4 * dim, dim),
      ...layer(`blocks.${i}.mlp.fc2`, dim, 4 * dim),
      ...layer(`blocks.${i}.adaLN_modulation.1`, 6 * dim, dim),
    })),
  ),
  ...layer("final_layer.linear", patch * patch * outputs, dim),
  ...layer("final_layer.adaLN_modulation.1", 2 * dim, dim),
});

for (const [what, outputs, rows] of [
  ["three outputs and no row of its own for no class", 3, classes],
  ["variances and a row for no class", 6, classes + 1],
] as const)
  t.test(`DiT, with ${what}`, async (t) => {
    const weights = made(ditShapes(outputs, rows));
    const network = dit(ditConfig, size);
    const params = importDit(ditConfig, size, weights);
    filledOnce(t, params, network.init(random(0)));
    refuses(t, weights, (w) => importDit(ditConfig, size, w));

    const m = modules(weights);
    const modulated = (x: Tensor, shift: Tensor, scale: Tensor) => {
      const [s, b] = [scale, shift].map((v) => reshape(v, [2, 1, dim]));
      return add(mul(layerNorm(x, { eps: 1e-6 }), add(s, 1)), b);
    };
    await agrees(
      t,
      (x, time, labels) => network.apply(constants(params), x, time, { labels }),
      (x, time, labels) => {
        const level = m.fc("t_embedder.mlp.2", silu(m.fc("t_embedder.mlp.0", sinusoid(time, 256))));
        const table = weights.get("y_embedder.embedding_table.weight")!;
        const chosen = concat(
          [2, 0].map((c) => constant({ shape: [1, dim], data: table.data.slice(c * dim, (c + 1) * dim) })),
          0,
        );
        const c = silu(add(level, add(chosen, mul(reshape(labels, [2, 1]), 0))));
        let h = add(m.patches("x_embedder.proj", x), sinCosPositions(side / patch, side / patch, dim));
        for (const i of [0, 1]) {
          const [shiftA, scaleA, gateA, shiftM, scaleM, gateM] = split(
            m.fc(`blocks.${i}.adaLN_modulation.1`, c),
            6,
          );
          const gate = (v: Tensor) => reshape(v, [2, 1, dim]);
          const attended = m.attention(`blocks.${i}.attn`, modulated(h, shiftA, scaleA));
          h = add(h, mul(gate(gateA), attended));
          const hidden = geluTanh(m.fc(`blocks.${i}.mlp.fc1`, modulated(h, shiftM, scaleM)));
          h = add(h, mul(gate(gateM), m.fc(`blocks.${i}.mlp.fc2`, hidden)));
        }
        const [shift, scale] = split(m.fc("final_layer.adaLN_modulation.1", c), 2);
        const images = m.unpatchify(m.fc("final_layer.linear", modulated(h, shift, scale)), outputs);
        return slice(images, 1, 0, 3);
      },
    );
  });

t.test("a null class takes the row for no class, and needs it", async (t) => {
  const weights = made(ditShapes(3, classes + 1));
  const config = { ...ditConfig, nullClass: true };
  const { labels } = importDit(config, size, weights);
  t.same(labels, weights.get("y_embedder.embedding_table.weight"));
  t.throws(() => importDit(config, size, made(ditShapes(3, classes))), {
    message: /y_embedder\.embedding_table\.weight/,
  });
});

t.test("DiT's positions are ours, or refused; a prefix chooses one set of several", async (t) => {
  const weights = made(ditShapes(3, classes));
  const { data } = await evaluate(engine, () => mul(sinCosPositions(2, 2, dim), 1), []);
  const withPositions = new Map(weights).set("pos_embed", { shape: [1, tokens, dim], data });
  t.same(importDit(ditConfig, size, withPositions), importDit(ditConfig, size, weights));
  const other = new Map(weights).set("pos_embed", { shape: [1, tokens, dim], data: data.map((v) => -v) });
  t.throws(() => importDit(ditConfig, size, other), { message: /"pos_embed" holds other positions/ });
  const sets = new Map(
    [...weights].flatMap(([name, array]) => [
      [`ema.${name}`, array] as const,
      [`model.${name}`, { ...array, data: array.data.map((v) => -v) }] as const,
    ]),
  );
  t.same(importDit(ditConfig, size, sets, { prefix: "ema." }), importDit(ditConfig, size, weights));
  t.throws(() => importDit(ditConfig, size, sets), {
    message:
      /^transformer: importDit: "x_embedder\.proj\.weight" is missing \(for patch\.weight\); .* and \d+ more$/,
  });
});

const uvitConfig: UvitConfig = { dim, heads, depth: 3, patch, mlpRatio: 4, classes, timeMlp: true };
const uvitBlockShapes = (name: string, skip: boolean) => ({
  ...affine(`${name}.norm1`),
  [`${name}.attn.qkv.weight`]: [3 * dim, dim],
  ...layer(`${name}.attn.proj`, dim, dim),
  ...affine(`${name}.norm2`),
  ...layer(`${name}.mlp.fc1`, 4 * dim, dim),
  ...layer(`${name}.mlp.fc2`, dim, 4 * dim),
  ...(skip ? layer(`${name}.skip_linear`, dim, 2 * dim) : {}),
});
const uvitShapes = {
  pos_embed: [1, 2 + tokens, dim],
  "patch_embed.proj.weight": [dim, 3, patch, patch],
  "patch_embed.proj.bias": [dim],
  ...layer("time_embed.0", 4 * dim, dim),
  ...layer("time_embed.2", dim, 4 * dim),
  "label_emb.weight": [classes, dim],
  ...uvitBlockShapes("in_blocks.0", false),
  ...uvitBlockShapes("mid_block", false),
  ...uvitBlockShapes("out_blocks.0", true),
  ...affine("norm"),
  ...layer("decoder_pred", 3 * patch * patch, dim),
  "final_layer.weight": [3, 3, 3, 3],
  "final_layer.bias": [3],
};

t.test("U-ViT", async (t) => {
  const weights = made(uvitShapes);
  const network = uvit(uvitConfig, size);
  const params = importUvit(uvitConfig, size, weights);
  filledOnce(t, params, network.init(random(0)));
  refuses(t, weights, (w) => importUvit(uvitConfig, size, w));
  const m = modules(weights);
  const block = (name: string, x: Tensor, skip?: Tensor) => {
    const joined = skip ? m.fc(`${name}.skip_linear`, concat([x, skip], -1)) : x;
    const norm = (n: string, y: Tensor) => layerNorm(y, { affine: m.pair(`${name}.${n}`) as never });
    const h = add(joined, m.attention(`${name}.attn`, norm("norm1", joined)));
    return add(h, m.fc(`${name}.mlp.fc2`, gelu(m.fc(`${name}.mlp.fc1`, norm("norm2", h)))));
  };
  await agrees(
    t,
    (x, time, labels) => network.apply(constants(params), x, time, { labels }),
    (x, time, labels) => {
      const level = m.fc("time_embed.2", silu(m.fc("time_embed.0", sinusoid(time, dim))));
      const table = weights.get("label_emb.weight")!;
      const chosen = constant({
        shape: [2, 1, dim],
        data: Float32Array.from([2, 0].flatMap((c) => [...table.data.slice(c * dim, (c + 1) * dim)])),
      });
      const label = add(chosen, mul(reshape(labels, [2, 1, 1]), 0));
      const all = concat([label, reshape(level, [2, 1, dim]), m.patches("patch_embed.proj", x)], 1);
      const first = block("in_blocks.0", add(all, m.w("pos_embed")));
      const last = block("out_blocks.0", block("mid_block", first), first);
      const y = m.fc("decoder_pred", layerNorm(last, { affine: m.pair("norm") as never }));
      const image = m.unpatchify(slice(y, 1, 2, tokens), 3);
      return conv2d(image, m.w("final_layer.weight"), { pad: 1, bias: m.w("final_layer.bias") });
    },
  );
});

const inr = {
  depth: 2,
  width: 8,
  groups: 4,
  peDim: 4,
  peSigma: 4,
  outBias: 0.5,
  coordinates: "center",
} as const;
const funcConfig = {
  ...{ dim, heads, encoderDepth: 1, decoderDepth: 1, patch, mlpRatio: 4, classes: 0, inr },
  ...{ decoderSelfAttention: true, contextNorm: true, positions: "learned" as const },
};
const transInrShapes = {
  "base_params.wb0": [2 * 4 + 1, 8],
  "base_params.wb1": [8 + 1, 3],
  wtokens: [4 + 3, dim],
  ...layer("tokenizer.prefc", dim, 3 * patch * patch),
  "tokenizer.posemb": [tokens, dim],
  ...affine("wtoken_postfc.wb0.0"),
  ...layer("wtoken_postfc.wb0.1", 8, dim),
  ...affine("wtoken_postfc.wb1.0"),
  ...layer("wtoken_postfc.wb1.1", 8, dim),
  "transformer_encoder.layers.0.0.fn.to_q.weight": [dim, dim],
};

t.test("trans-inr: the parts that CM-Func has too", async (t) => {
  const weights = made(transInrShapes);
  const initial = cmFunc(funcConfig, size).init(random(0));
  const params = importTransInr(funcConfig, size, weights, { params: initial });
  refuses(t, weights, (w) => importTransInr(funcConfig, size, w), /^transformer_encoder/);
  const moved = /^(patch|positions|tokens|postfc|base)(\.|$)/;
  const before = new Map(leaves<HostArray>(initial));
  for (const [path, array] of leaves<HostArray>(params)) {
    t.same(array.shape, before.get(path)!.shape, path);
    if (!moved.test(path)) t.same(array.data, before.get(path)!.data, `${path} stays`);
  }
  const imported = leaves<HostArray>(params).filter(([path]) => moved.test(path));
  const numbers = imported.flatMap(([, { data }]) => [...data]);
  t.equal(new Set(numbers).size, numbers.length, "no number twice");
  const theirs = [...weights].filter(([name]) => !name.startsWith("transformer_encoder"));
  t.equal(
    numbers.length,
    theirs.reduce((n, [, { data }]) => n + data.length, 0),
    "and none left over",
  );

  // F.unfold: rows (channel, row, column), which is how a convolution's kernel lies too.
  const m = modules(weights);
  const kernel = reshape(m.w("tokenizer.prefc.weight"), [dim, 3, patch, patch]);
  const seen = (x: Tensor) => {
    const y = conv2d(x, kernel, { stride: patch, bias: m.w("tokenizer.prefc.bias") });
    return {
      ours: patchEmbedding(constants(params.patch), x, patch, constant(params.positions!)),
      theirs: add(transpose(reshape(y, [2, dim, tokens])), m.w("tokenizer.posemb")),
    };
  };
  const tokensOf = await evaluateAll(engine, seen as never, [inputs[0]]);
  t.equal(
    difference(tokensOf.ours.data, tokensOf.theirs.data, { rtol: 1e-4, atol: 1e-5 }),
    undefined,
    "tokens",
  );

  // w = normalize(base[:-1] * columns repeated over the outputs, dim 1), b = base[-1:].
  const out = { shape: [2, 7, dim], data: random(4).normal(2 * 7 * dim) };
  const layers = (x: Tensor) => {
    const parts = [slice(x, 1, 0, 4), slice(x, 1, 4, 3)];
    const columns = parts.map((part, l) =>
      linear(
        constants(params.postfc[l].linear),
        layerNorm(part, { affine: constants(params.postfc[l].norm) }),
      ),
    );
    const made = generateLayers(inr, constants(params.base), columns);
    const expected = parts.map((part, l) => {
      const post = m.fc(
        `wtoken_postfc.wb${l}.1`,
        layerNorm(part, { affine: m.pair(`wtoken_postfc.wb${l}.0`) as never }),
      );
      const turned = transpose(post);
      const repeated = l === 0 ? concat([turned, turned], 2) : turned;
      const w = mul(slice(m.w(`base_params.wb${l}`), 0, 0, 8), repeated);
      return w;
    });
    return { w0: made[0].weight, w1: made[1].weight, raw0: expected[0], raw1: expected[1] };
  };
  const found = await evaluateAll(engine, layers as never, [out]);
  for (const l of [0, 1]) {
    const raw = found[`raw${l}` as "raw0"];
    const [batch, rows, columns] = raw.shape;
    const unit = raw.data.slice();
    for (let b = 0; b < batch; b++)
      for (let c = 0; c < columns; c++) {
        const at = (r: number) => (b * rows + r) * columns + c;
        let length = 0;
        for (let r = 0; r < rows; r++) length += raw.data[at(r)] ** 2;
        for (let r = 0; r < rows; r++) unit[at(r)] /= Math.sqrt(length);
      }
    t.equal(
      difference(found[`w${l}` as "w0"].data, unit, { rtol: 1e-4, atol: 1e-5 }),
      undefined,
      `layer ${l}`,
    );
    t.same([...params.base[l].bias.data], [...weights.get(`base_params.wb${l}`)!.data.slice(8 * columns)]);
  }

  t.throws(() => importTransInr({ ...funcConfig, positions: undefined }, size, weights), {
    message: 'transformer: importTransInr: positions is "sin-cos" (expected "learned")',
  });
});
