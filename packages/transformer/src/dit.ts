// CM-DiT: a transformer from patches to patches, the noise level in every layer norm (DiT, Peebles & Xie 2023).
import {
  add,
  type HostArray,
  initLinear,
  type Linear,
  layerNorm,
  linear,
  mul,
  type Random,
  reshape,
  silu,
  split,
  type Tensor,
} from "@imagefn/ops";
import { type Classes, type Condition, classesOf, condition, initCondition } from "./condition.js";
import { type EncoderBlock, EPS, encoderBlock, initEncoderBlock } from "./encoderBlock.js";
import type { ImageGenerator } from "./generator.js";
import { initPatchEmbedding, patchEmbedding, unpatchify } from "./patches.js";
import {
  commonProblems,
  type FieldName,
  type GeneratorProblem,
  type ImageSize,
  ownName,
  positionProblems,
  refuse,
} from "./problems.js";

/** What a CM-DiT is made of. */
export interface DitConfig extends Classes {
  /** Width of a token. */
  readonly dim: number;
  /** Attention heads, which divide dim. */
  readonly heads: number;
  /** adaLN-Zero blocks. */
  readonly depth: number;
  /** Side of a patch in pixels, which divides the image. */
  readonly patch: number;
  /** Hidden width of a block's MLP over dim. */
  readonly mlpRatio: number;
}

/** The paper's CM-DiT for 64 x 64 images (D.2.1): 161,468,976 parameters. */
export const paperDitConfig: DitConfig = {
  dim: 768,
  heads: 12,
  depth: 15,
  patch: 4,
  mlpRatio: 4,
  classes: 0,
};

/** The parameters of a CM-DiT. */
export interface DitParams<T = Tensor> extends Condition<T> {
  /** From the numbers of a patch, 3 patch patch, to dim. */
  patch: Linear<T>;
  /** The blocks, first to last. */
  blocks: EncoderBlock<T>[];
  /** The last layer norm, told by the condition, and the layer from dim to the numbers of a patch. */
  final: {
    /** (shift, scale) from the condition. */
    ada: Linear<T>;
    linear: Linear<T>;
  };
}

/** Initial parameters: the last layer is 0, and so are all images. */
export function initDit(config: DitConfig, random: Random): DitParams<HostArray> {
  const { dim, depth, patch, mlpRatio } = config;
  const zero = (name: string, outputs: number) =>
    initLinear(random.stream(name), dim, outputs, { init: "zero" });
  return {
    patch: initPatchEmbedding(random.stream("patch"), { patch, dim }),
    ...initCondition(random, dim, config),
    blocks: Array.from({ length: depth }, (_, i) =>
      initEncoderBlock(random.stream(`block${i}`), dim, mlpRatio),
    ),
    final: { ada: zero("final.ada", 2 * dim), linear: zero("final.linear", 3 * patch * patch) },
  };
}

function applyDit(
  { heads, patch }: DitConfig,
  params: DitParams,
  x: Tensor,
  t: Tensor,
  labels?: Tensor,
): Tensor {
  const [b, , height, width] = x.shape;
  const c = condition(params, t, labels);
  let h = patchEmbedding(params.patch, x, patch);
  for (const block of params.blocks) h = encoderBlock(block, h, c, heads);
  const [shift, scale] = split(linear(params.final.ada, silu(c)), 2).map((v) => reshape(v, [b, 1, -1]));
  h = add(mul(layerNorm(h, { eps: EPS }), add(scale, 1)), shift);
  return unpatchify(linear(params.final.linear, h), patch, [height, width]);
}

/** A CM-DiT for images of one size. */
export type Dit = ImageGenerator<DitConfig, DitParams<HostArray>>;

/** CM-DiT for images of height x width pixels. @throws with all `ditRecord.problems` of the settings */
export function dit(config: DitConfig, [height, width]: ImageSize): Dit {
  refuse("CM-DiT", ditRecord.problems(config, [height, width]));
  return {
    config,
    shape: [3, height, width],
    ...classesOf(config),
    init: (random) => initDit(config, random),
    apply: (params, x, t, { labels }) => applyDit(config, params as DitParams, x, t, labels),
  };
}

/** Settings of a CM-DiT apart from its data. */
export type DitSettings = Omit<DitConfig, keyof Classes>;

const { classes: _, ...defaults } = paperDitConfig;

/** What configurations and tables know of CM-DiT. Fits `GeneratorRecord` of @imagefn/consistency. */
export const ditRecord = {
  name: "dit",
  title: "CM-DiT",
  description: "the transformer baseline with adaLN-Zero",
  /** The paper's. */
  defaults: defaults as DitSettings,
  /** @throws if the settings make no network for that size */
  make: (settings: DitSettings, { size, ...classes }: { size: ImageSize } & Classes): Dit =>
    dit({ ...settings, ...classes }, size),
  /** Every rule that the settings break for images of a size. */
  problems: (settings: DitSettings, size: ImageSize, name: FieldName = ownName): GeneratorProblem[] => [
    ...commonProblems(settings, size, name),
    ...positionProblems(settings),
  ],
} as const;
