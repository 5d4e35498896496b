// The network: levels down, a middle, levels up with skips (Dhariwal & Nichol 2021; the paper's CM-UNet, A.3).
import {
  type Affine,
  add,
  type Conv,
  concat,
  gather,
  type HostArray,
  initAffine,
  initConv,
  initLinear,
  type Linear,
  linear,
  normal,
  type Random,
  silu,
  sinusoid,
  type Tensor,
  upsampleConv2d,
} from "@imagefn/ops";
import { type AttentionBlock, attentionBlock, initAttentionBlock } from "./attentionBlock.js";
import { classRows, levelsOf, type UnetConfig } from "./config.js";
import { conv, norm } from "./layers.js";
import { initResidualBlock, type ResidualBlock, residualBlock } from "./residualBlock.js";

/** A residual block, and the attention after it. */
export interface UnetBlock<T = Tensor> {
  /** The residual block. */
  residual: ResidualBlock<T>;
  /** Present on levels that have attention. */
  attention?: AttentionBlock<T>;
}

/** The parameters of one level, on the way down or up. */
export interface UnetLevel<T = Tensor> {
  /** Its blocks, first to last. */
  blocks: UnetBlock<T>[];
  /** To the next level: a residual block, or a convolution. */
  resample?: ResidualBlock<T> | Conv<T>;
}

/** The parameters of a U-Net. */
export interface UnetParams<T = Tensor> {
  /** The noise embedding. */
  time: { fc1: Linear<T>; fc2: Linear<T> };
  /** What each class adds to the noise embedding [classes, 4 channels], with a null class one row more. */
  labels?: T;
  /** From 3 channels to `channels`. */
  input: Conv<T>;
  /** From full size down. */
  down: UnetLevel<T>[];
  /** Two residual blocks with attention between them, at the smallest size. */
  middle: { before: ResidualBlock<T>; attention: AttentionBlock<T>; after: ResidualBlock<T> };
  /** From the smallest size up. */
  up: UnetLevel<T>[];
  /** The last normalisation. */
  norm: Affine<T>;
  /** To 3 channels. */
  output: Conv<T>;
}

/**
 * Initial parameters for images of height x width. Their numbers are made when first read, so counting them is free.
 * @throws if the settings make no network for that size.
 */
export function initUnet(
  config: UnetConfig,
  imageSize: readonly [number, number],
  random: Random,
): UnetParams<HostArray> {
  const { channels, blocks, resample, scaleShift } = config;
  const rows = classRows(config);
  const levels = levelsOf(config, imageSize);
  const embeddingWidth = 4 * channels;
  const residual = (name: string, inputs: number, outputs: number) =>
    initResidualBlock(random.stream(name), inputs, outputs, { embeddingWidth, scaleShift });
  const attention = (name: string, width: number) => initAttentionBlock(random.stream(name), width);
  const resampling = (name: string, width: number) =>
    resample === "residual" ? residual(name, width, width) : initConv(random.stream(name), width, width, 3);

  let width = channels;
  const skips = [width];
  /** `count` blocks of one level, the first on `width` channels, each also on those of a skip where `joins`. */
  const blocksOf = (name: string, level: (typeof levels)[number], count: number, joins: boolean) =>
    Array.from({ length: count }, (_, i) => {
      const inputs = width + (joins ? skips.pop()! : 0);
      width = level.width;
      if (!joins) skips.push(width);
      return {
        residual: residual(`${name}.${i}`, inputs, width),
        attention: level.attends ? attention(`${name}.${i}.attention`, width) : undefined,
      };
    });

  const down = levels.map((level, l) => {
    const own = blocksOf(`down.${l}`, level, blocks, false);
    if (l === levels.length - 1) return { blocks: own };
    skips.push(width);
    return { blocks: own, resample: resampling(`down.${l}.resample`, width) };
  });
  const middle = {
    before: residual("middle.before", width, width),
    attention: attention("middle.attention", width),
    after: residual("middle.after", width, width),
  };
  const up = levels.toReversed().map((level, l) => ({
    blocks: blocksOf(`up.${l}`, level, blocks + 1, true),
    resample: l === levels.length - 1 ? undefined : resampling(`up.${l}.resample`, width),
  }));
  return {
    time: {
      fc1: initLinear(random.stream("time.fc1"), channels, embeddingWidth),
      fc2: initLinear(random.stream("time.fc2"), embeddingWidth, embeddingWidth),
    },
    labels: rows > 0 ? normal(random.stream("labels"), [rows, embeddingWidth], 1) : undefined,
    input: initConv(random.stream("input"), 3, channels, 3),
    down,
    middle,
    up,
    norm: initAffine(width),
    output: initConv(random.stream("output"), width, 3, 3, { init: "zero" }),
  };
}

/**
 * The network F at c_in(sigma) x_sigma [batch, 3, height, width] and t = 250 ln sigma [batch], for a conditional network
 * also at class numbers [batch] -> [batch, 3, height, width]: all 0 at the start.
 */
export function applyUnet(
  config: UnetConfig,
  params: UnetParams,
  x: Tensor,
  t: Tensor,
  labels?: Tensor,
): Tensor {
  if (Boolean(labels) !== Boolean(params.labels))
    throw new Error(
      `unet-baseline: labels ${params.labels ? "are needed" : "given"} (this network has ${config.classes} classes)`,
    );
  const { groups } = config;
  const { fc1, fc2 } = params.time;
  let embedding = linear(fc2, silu(linear(fc1, sinusoid(t, config.channels))));
  if (labels && params.labels) embedding = add(embedding, gather(params.labels, labels));

  const block = ({ residual, attention }: UnetBlock, h: Tensor) => {
    const y = residualBlock(residual, h, embedding, { groups });
    return attention ? attentionBlock(attention, y, config) : y;
  };
  let h = conv(params.input, x);
  const skips = [h];
  for (const { blocks, resample } of params.down) {
    for (const own of blocks) {
      h = block(own, h);
      skips.push(h);
    }
    if (!resample) continue;
    h = isConv(resample)
      ? conv(resample, h, 2)
      : residualBlock(resample, h, embedding, { groups, resample: "down" });
    skips.push(h);
  }
  h = residualBlock(params.middle.before, h, embedding, { groups });
  h = attentionBlock(params.middle.attention, h, config);
  h = residualBlock(params.middle.after, h, embedding, { groups });
  for (const { blocks, resample } of params.up) {
    for (const own of blocks) h = block(own, concat([h, skips.pop()!], 1));
    if (!resample) continue;
    h = isConv(resample)
      ? upsampleConv2d(h, resample.weight, resample)
      : residualBlock(resample, h, embedding, { groups, resample: "up" });
  }
  return conv(params.output, silu(norm(params.norm, h, groups)));
}

const isConv = <T>(layer: ResidualBlock<T> | Conv<T>): layer is Conv<T> => "weight" in layer;
