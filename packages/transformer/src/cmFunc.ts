// CM-Func: the generator whose output is an image function (the paper, section 3; SPEC sections 5 and 6).
import {
  generateLayers,
  type InrArchitecture,
  type InrLayer,
  initBase,
  layerShapes,
  paperArchitecture,
  renderFunction,
  tokenCount,
} from "@imagefn/inr";
import {
  type Affine,
  add,
  gather,
  type HostArray,
  initAffine,
  initLinear,
  type Linear,
  layerNorm,
  linear,
  normal,
  type Random,
  reshape,
  slice,
  type Tensor,
  transpose,
} from "@imagefn/ops";
import { type DecoderBlock, decoderBlock, initDecoderBlock } from "./decoderBlock.js";
import { type EncoderBlock, encoderBlock, initEncoderBlock } from "./encoderBlock.js";
import { initNoiseEmbedding, type NoiseEmbedding, noiseEmbedding } from "./noiseEmbedding.js";
import { initPatchEmbedding, patchEmbedding } from "./patches.js";

export interface CmFuncConfig {
  readonly dim: number;
  readonly heads: number;
  /** adaLN-Zero blocks of the feature extraction module. */
  readonly encoderDepth: number;
  /** Blocks of the function prediction module. */
  readonly decoderDepth: number;
  readonly patch: number;
  readonly mlpRatio: number;
  readonly decoderSelfAttention: boolean;
  /** LayerNorm between encoder and decoder. */
  readonly contextNorm: boolean;
  /** Number of classes; 0 for an unconditional generator. */
  readonly classes: number;
  readonly inr: InrArchitecture;
}

/** The paper's generator for 64 x 64 images: 143,991,811 parameters. */
export const paperConfig: CmFuncConfig = {
  dim: 768,
  heads: 12,
  encoderDepth: 8,
  decoderDepth: 6,
  patch: 4,
  mlpRatio: 4,
  decoderSelfAttention: true,
  contextNorm: true,
  classes: 0,
  inr: paperArchitecture,
};

export interface CmFuncParams<T = Tensor> {
  patch: Linear<T>;
  time: NoiseEmbedding<T>;
  /** [classes, dim] */
  labels?: T;
  encoder: EncoderBlock<T>[];
  context?: Affine<T>;
  /** Image-function tokens [tokens, dim]. */
  tokens: T;
  decoder: DecoderBlock<T>[];
  /** From tokens to weight columns, one per layer of the image function. */
  postfc: { norm: Affine<T>; linear: Linear<T> }[];
  base: InrLayer<T>[];
}

/** Initial parameters. Their numbers are made when first read, so counting them is free. */
export function initCmFunc(config: CmFuncConfig, random: Random): CmFuncParams<HostArray> {
  const { dim, encoderDepth, decoderDepth, mlpRatio, classes, inr } = config;
  const blocks = <B>(n: number, name: string, init: (random: Random) => B) =>
    Array.from({ length: n }, (_, i) => init(random.stream(`${name}${i}`)));
  return {
    patch: initPatchEmbedding(random.stream("patch"), config),
    time: initNoiseEmbedding(random.stream("time"), dim),
    labels: classes > 0 ? normal(random.stream("labels"), [classes, dim], 0.02) : undefined,
    encoder: blocks(encoderDepth, "encoder", (r) => initEncoderBlock(r, dim, mlpRatio)),
    context: config.contextNorm ? initAffine(dim) : undefined,
    tokens: normal(random.stream("tokens"), [tokenCount(inr), dim], 1),
    decoder: blocks(decoderDepth, "decoder", (r) =>
      initDecoderBlock(r, dim, { selfAttention: config.decoderSelfAttention, mlpRatio }),
    ),
    postfc: layerShapes(inr).map(({ inputs }, l) => ({
      norm: initAffine(dim),
      linear: initLinear(random.stream(`postfc${l}`), dim, inputs),
    })),
    base: initBase(inr, random.stream("base")),
  };
}

export interface GenerateOptions {
  /** Class numbers [batch], for a conditional generator. */
  readonly labels?: Tensor;
  /** Leave the encoder out, as in pre-training (Eq. 10): it begins as the identity. */
  readonly skipEncoder?: boolean;
}

/**
 * The function generator G: the weights of one image function per image.
 * @param x c_in(sigma) x_sigma, [batch, 3, height, width]
 * @param t 250 ln sigma, [batch]; unused with skipEncoder
 */
export function generate(
  config: CmFuncConfig,
  params: CmFuncParams,
  x: Tensor,
  t: Tensor | undefined,
  { labels, skipEncoder = false }: GenerateOptions = {},
): InrLayer[] {
  const { heads, dim, inr } = config;
  let data = patchEmbedding(params.patch, x, config.patch);
  if (!skipEncoder) {
    if (!t)
      throw new Error(
        "transformer: generate: a noise level t [batch] is needed unless the encoder is skipped",
      );
    if (Boolean(labels) !== Boolean(params.labels))
      throw new Error(
        `transformer: generate: labels ${params.labels ? "are needed" : "given"} (this generator has ${config.classes} classes)`,
      );
    let condition = noiseEmbedding(params.time, t);
    if (labels && params.labels) condition = add(condition, gather(params.labels, labels));
    for (const block of params.encoder) data = encoderBlock(block, data, condition, heads);
  }
  const context = params.context ? layerNorm(data, { affine: params.context }) : data;

  // All images begin with the same tokens: what happens before the first look at an image happens once.
  let tokens = reshape(params.tokens, [1, ...params.tokens.shape]);
  for (const block of params.decoder) tokens = decoderBlock(block, tokens, context, heads);

  let start = 0;
  const columns = layerShapes(inr).map(({ groups }, l) => {
    const own = slice(tokens, 1, start, groups);
    start += groups;
    const { norm, linear: out } = params.postfc[l];
    return linear(out, layerNorm(own, { affine: norm }));
  });
  if (start !== tokens.shape[1] || dim !== tokens.shape[2])
    throw new Error(`transformer: tokens ${tokens.shape} do not fit ${start} columns of width ${dim}`);
  return generateLayers(inr, params.base, columns);
}

/** The image functions at coordinates [points, 2] or [batch, points, 2], as images [batch, 3, height, width]. */
export function render(
  config: CmFuncConfig,
  layers: readonly InrLayer[],
  coordinates: Tensor,
  [height, width]: readonly [number, number],
): Tensor {
  const pixels = renderFunction(config.inr, layers, coordinates);
  return reshape(transpose(pixels), [pixels.shape[0], 3, height, width]);
}
