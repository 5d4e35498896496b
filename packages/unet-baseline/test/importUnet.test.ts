// Weights of consistency_models' U-Net: every parameter filled once, and the same numbers as a forward pass of its layout.
import {
  add,
  avgPool2d,
  concat,
  constant,
  conv2d,
  gather,
  groupNorm,
  type HostArray,
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
  upsampleNearest,
} from "@imagefn/ops";
import { difference, evaluateAll } from "@imagefn/testing";
import { importUnet, type UnetConfig, unet } from "@imagefn/unet-baseline";
import t from "tap";

const engine = await onnxEngine({ threads: 1 });
const size = [4, 4] as const;
const [c, emb] = [32, 128];

const variants: Record<string, UnetConfig> = {
  "resblock_updown, class_cond": {
    ...{ channels: c, multipliers: [1, 2], blocks: 1, attention: [2], headChannels: 16, groups: 32 },
    ...{ resample: "residual", scaleShift: false, classes: 3 },
  },
  "convolutions, use_scale_shift_norm": {
    ...{ channels: c, multipliers: [1, 2], blocks: 1, attention: [4, 2], headChannels: 16, groups: 32 },
    ...{ resample: "conv", scaleShift: true, classes: 0 },
  },
};

/** Names and shapes as cm/unet.py makes them for two levels of one block, at 32 and 64 channels. */
function shapesOf({ resample, scaleShift, classes, attention }: UnetConfig): Record<string, number[]> {
  const out: Record<string, number[]> = {};
  const layer = (name: string, ...shape: number[]) => {
    out[`${name}.weight`] = shape;
    out[`${name}.bias`] = [shape[0]];
  };
  const res = (name: string, inputs: number, outputs: number) => {
    layer(`${name}.in_layers.0`, inputs);
    layer(`${name}.in_layers.2`, outputs, inputs, 3, 3);
    layer(`${name}.emb_layers.1`, scaleShift ? 2 * outputs : outputs, emb);
    layer(`${name}.out_layers.0`, outputs);
    layer(`${name}.out_layers.3`, outputs, outputs, 3, 3);
    if (inputs !== outputs) layer(`${name}.skip_connection`, outputs, inputs, 1, 1);
  };
  const att = (name: string, width: number) => {
    layer(`${name}.norm`, width);
    layer(`${name}.qkv`, 3 * width, width, 1, 1);
    layer(`${name}.proj_out`, width, width, 1, 1);
  };
  const top = attention.includes(4);
  layer("time_embed.0", emb, c);
  layer("time_embed.2", emb, emb);
  if (classes > 0) out["label_emb.weight"] = [classes, emb];
  layer("input_blocks.0.0", c, 3, 3, 3);
  res("input_blocks.1.0", c, c);
  if (top) att("input_blocks.1.1", c);
  if (resample === "conv") layer("input_blocks.2.0.op", c, c, 3, 3);
  else res("input_blocks.2.0", c, c);
  res("input_blocks.3.0", c, 2 * c);
  att("input_blocks.3.1", 2 * c);
  res("middle_block.0", 2 * c, 2 * c);
  att("middle_block.1", 2 * c);
  res("middle_block.2", 2 * c, 2 * c);
  res("output_blocks.0.0", 4 * c, 2 * c);
  att("output_blocks.0.1", 2 * c);
  res("output_blocks.1.0", 3 * c, 2 * c);
  att("output_blocks.1.1", 2 * c);
  if (resample === "conv") layer("output_blocks.1.2.conv", 2 * c, 2 * c, 3, 3);
  else res("output_blocks.1.2", 2 * c, 2 * c);
  res("output_blocks.2.0", 3 * c, c);
  if (top) att("output_blocks.2.1", c);
  res("output_blocks.3.0", 2 * c, c);
  if (top) att("output_blocks.3.1", c);
  layer("out.0", c);
  layer("out.2", 3, c, 3, 3);
  return out;
}

const made = (shapes: Record<string, number[]>): Map<string, HostArray> =>
  new Map(
    Object.entries(shapes).map(([name, shape]) => {
      const n = shape.reduce((a, b) => a * b, 1);
      const spread = shape.length === 1 ? 0.5 : Math.sqrt(shape[0] / n);
      return [
        name,
        {
          shape,
          data: random(8)
            .stream(name)
            .normal(n)
            .map((v) => spread * v),
        },
      ];
    }),
  );

/** The forward pass of cm/unet.py on arrays by its own names. */
function reference(
  weights: ReadonlyMap<string, HostArray>,
  { resample, scaleShift, classes, headChannels: d }: UnetConfig,
  order: "parts" | "heads",
) {
  const w = (name: string) => constant(weights.get(name)!);
  const pair = (name: string) => ({ weight: w(`${name}.weight`), bias: w(`${name}.bias`) });
  const gn = (name: string, x: Tensor) => groupNorm(x, 32, { affine: pair(name) });
  const conv = (name: string, x: Tensor, pad = 1, stride = 1) =>
    conv2d(x, w(`${name}.weight`), { pad, stride, bias: w(`${name}.bias`) });
  const res = (name: string, x: Tensor, e: Tensor, updown?: (x: Tensor) => Tensor) => {
    const change = updown ?? ((y: Tensor) => y);
    let h = conv(`${name}.in_layers.2`, change(silu(gn(`${name}.in_layers.0`, x))));
    const own = linear(pair(`${name}.emb_layers.1`), silu(e));
    const cell = (v: Tensor) => reshape(v, [...v.shape, 1, 1]);
    if (scaleShift) {
      const [scale, shift] = split(own, 2).map(cell);
      h = add(mul(gn(`${name}.out_layers.0`, h), add(scale, 1)), shift);
    } else h = gn(`${name}.out_layers.0`, add(h, cell(own)));
    h = conv(`${name}.out_layers.3`, silu(h));
    const kept = change(x);
    return add(
      weights.has(`${name}.skip_connection.weight`) ? conv(`${name}.skip_connection`, kept, 0) : kept,
      h,
    );
  };
  const att = (name: string, x: Tensor) => {
    const [b, width, h, wide] = x.shape;
    const heads = width / d;
    const qkv = conv(`${name}.qkv`, gn(`${name}.norm`, x), 0);
    // "b (three h d) s", or the older (h three d).
    const apart =
      order === "parts"
        ? reshape(qkv, [b, 3, heads, d, h * wide])
        : transpose(reshape(qkv, [b, heads, 3, d, h * wide]), [0, 2, 1, 3, 4]);
    const [q, k, v] = [0, 1, 2].map((i) => reshape(slice(apart, 1, i, 1), [b * heads, d, h * wide]));
    const scale = 1 / Math.sqrt(Math.sqrt(d));
    const attended = softmax(matmul(transpose(mul(q, scale)), mul(k, scale)));
    const a = matmul(v, transpose(attended));
    return add(x, conv(`${name}.proj_out`, reshape(a, x.shape), 0));
  };
  const block = (name: string, x: Tensor, e: Tensor) => {
    const y = res(`${name}.0`, x, e);
    return weights.has(`${name}.1.qkv.weight`) ? att(`${name}.1`, y) : y;
  };
  return (x: Tensor, time: Tensor, labels: Tensor) => {
    let e = linear(pair("time_embed.2"), silu(linear(pair("time_embed.0"), sinusoid(time, c))));
    if (classes > 0) e = add(e, gather(w("label_emb.weight"), labels));
    const h0 = conv("input_blocks.0.0", x);
    const h1 = block("input_blocks.1", h0, e);
    const h2 =
      resample === "conv"
        ? conv("input_blocks.2.0.op", h1, 1, 2)
        : res("input_blocks.2.0", h1, e, (y) => avgPool2d(y, 2));
    const h3 = block("input_blocks.3", h2, e);
    let h = res("middle_block.2", att("middle_block.1", res("middle_block.0", h3, e)), e);
    h = block("output_blocks.0", concat([h, h3], 1), e);
    h = block("output_blocks.1", concat([h, h2], 1), e);
    h =
      resample === "conv"
        ? conv("output_blocks.1.2.conv", upsampleNearest(h, 2))
        : res("output_blocks.1.2", h, e, (y) => upsampleNearest(y, 2));
    h = block("output_blocks.2", concat([h, h1], 1), e);
    h = block("output_blocks.3", concat([h, h0], 1), e);
    return conv("out.2", silu(gn("out.0", h)));
  };
}

const inputs = [
  { shape: [2, 3, ...size], data: random(1).normal(2 * 3 * 16) },
  { shape: [2], data: Float32Array.of(-100, 300) },
  { shape: [2], data: Float32Array.of(2, 0) },
];

for (const [name, config] of Object.entries(variants)) {
  const weights = made(shapesOf(config));
  const network = unet(config, size);

  t.test(`${name}: every parameter is filled once`, async (t) => {
    const params = leaves<HostArray>(importUnet(config, size, weights));
    const initial = leaves<HostArray>(network.init(random(0)));
    t.same(
      params.map(([path, { shape }]) => [path, [...shape]]),
      initial.map(([path, { shape }]) => [path, [...shape]]),
    );
    const first = new Set(params.map(([, { data }]) => data[0]));
    t.equal(first.size, weights.size, "each from an array of its own");
    for (const missing of weights.keys()) {
      const without = new Map([...weights].filter(([other]) => other !== missing));
      t.throws(() => importUnet(config, size, without), {
        message: new RegExp(`^unet-baseline: importUnet: "${missing}" is missing \\(for `),
      });
    }
    const other = new Map(weights).set("out.2.weight", {
      shape: [6, c, 3, 3],
      data: new Float32Array(6 * c * 9),
    });
    t.throws(() => importUnet(config, size, other), {
      message:
        'unet-baseline: importUnet: "out.2.weight" is [6, 32, 3, 3] (expected [3, 32, 3, 3] for output.weight)',
    });
    const more = new Map(weights).set("input_blocks.9.0.op.weight", inputs[1]);
    t.throws(() => importUnet(config, size, more), {
      message: /"input_blocks\.9\.0\.op\.weight" is not known/,
    });
  });

  for (const qkvOrder of ["parts", "heads"] as const)
    t.test(`${name}, qkv in ${qkvOrder}: the same images`, async (t) => {
      const params = importUnet(config, size, weights, { qkvOrder });
      const theirs = reference(weights, config, qkvOrder);
      const both = (x: Tensor, time: Tensor, labels: Tensor) => ({
        a: network.apply(
          mapTree(params, (array: HostArray) => constant(array)),
          x,
          time,
          config.classes > 0 ? { labels } : {},
        ),
        b: add(theirs(x, time, labels), mul(reshape(labels, [2, 1, 1, 1]), 0)),
      });
      const { a, b } = await evaluateAll(engine, both as never, inputs);
      t.ok(b.data.some((v: number) => Math.abs(v) > 0.1));
      t.equal(difference(a.data, b.data, { rtol: 1e-3, atol: 1e-3 }), undefined);
      const wrong = importUnet(config, size, weights, { qkvOrder: qkvOrder === "parts" ? "heads" : "parts" });
      // Not notSame, which takes tap seconds: it describes how thousands of numbers differ.
      const qkv = [wrong, params].map(({ middle }) => middle.attention.qkv.weight.data);
      t.type(
        difference(qkv[0], qkv[1], { rtol: 0, atol: 0 }),
        "string",
        "the other order gives other numbers",
      );
    });
}

t.test("attention of rows of pixels, and other groups", async (t) => {
  const [config] = Object.values(variants);
  const weights = made(shapesOf(config));
  const rows = new Map(
    [...weights].map(([name, array]) =>
      /(qkv|proj_out)\.weight$/.test(name)
        ? [name, { ...array, shape: array.shape.slice(0, 3) }]
        : [name, array],
    ),
  );
  t.same(importUnet(config, size, rows), importUnet(config, size, weights));
  t.throws(() => importUnet({ ...config, groups: 8 }, size, weights), {
    message: "unet-baseline: importUnet: groups is 8 (expected 32, as these weights have)",
  });
});
