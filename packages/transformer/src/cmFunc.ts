// CM-Func: the generator whose output is an image function (the paper, section 3).
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
import { type Classes, type Condition, condition, initCondition } from "./condition.js";
import { type DecoderBlock, decoderBlock, initDecoderBlock } from "./decoderBlock.js";
import { type EncoderBlock, encoderBlock, initEncoderBlock } from "./encoderBlock.js";
import { initPatchEmbedding, patchCount, patchEmbedding } from "./patches.js";

/** What a CM-Func is made of. */
export interface CmFuncConfig extends Classes {
  /** Width of a token; a multiple of 4 with fixed positions. */
  readonly dim: number;
  /** Attention heads, which divide dim. */
  readonly heads: number;
  /** adaLN-Zero blocks of the feature extraction module. */
  readonly encoderDepth: number;
  /** Blocks of the function prediction module. */
  readonly decoderDepth: number;
  /** Side of a patch in pixels, which divides the image. */
  readonly patch: number;
  /** Hidden width of a block's MLP over dim. */
  readonly mlpRatio: number;
  /** Tokens of the image function attend to each other too. */
  readonly decoderSelfAttention: boolean;
  /** LayerNorm between encoder and decoder. */
  readonly contextNorm: boolean;
  /** Where patches lie: fixed sines and cosines, as if left out, or learned vectors, which begin as N(0, 0.02^2). */
  readonly positions?: "sin-cos" | "learned";
  /** The image functions that it generates. */
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

/** The parameters of a CM-Func. */
export interface CmFuncParams<T = Tensor> extends Condition<T> {
  /** From the numbers of a patch, 3 patch patch, to dim. */
  patch: Linear<T>;
  /** Learned positions [patches, dim]. */
  positions?: T;
  /** The feature extraction module. */
  encoder: EncoderBlock<T>[];
  /** The layer norm between encoder and decoder. */
  context?: Affine<T>;
  /** Image-function tokens [tokens, dim]. */
  tokens: T;
  /** The function prediction module. */
  decoder: DecoderBlock<T>[];
  /** From tokens to weight columns, and to the columns' biases where they are generated; one per layer of the function. */
  postfc: { norm: Affine<T>; linear: Linear<T>; bias?: Linear<T> }[];
  /** What all image functions share, as `initBase` of @imagefn/inr makes it. */
  base: InrLayer<T>[];
}

/**
 * Initial parameters. Their numbers are made when first read, so counting them is free.
 * Generated biases begin at 0, so that all images begin with the shared ones.
 * @throws if the patches do not fit an image of height x width pixels.
 */
export function initCmFunc(
  config: CmFuncConfig,
  size: readonly [height: number, width: number],
  random: Random,
): CmFuncParams<HostArray> {
  const { dim, encoderDepth, decoderDepth, patch, mlpRatio, inr } = config;
  const patches = patchCount(size, patch);
  const blocks = <B>(n: number, name: string, init: (random: Random) => B) =>
    Array.from({ length: n }, (_, i) => init(random.stream(`${name}${i}`)));
  return {
    patch: initPatchEmbedding(random.stream("patch"), config),
    positions:
      config.positions === "learned" ? normal(random.stream("positions"), [patches, dim], 0.02) : undefined,
    ...initCondition(random, dim, config),
    encoder: blocks(encoderDepth, "encoder", (r) => initEncoderBlock(r, dim, mlpRatio)),
    context: config.contextNorm ? initAffine(dim) : undefined,
    tokens: normal(random.stream("tokens"), [tokenCount(inr), dim], 1),
    decoder: blocks(decoderDepth, "decoder", (r) =>
      initDecoderBlock(r, dim, { selfAttention: config.decoderSelfAttention, mlpRatio }),
    ),
    postfc: layerShapes(inr).map(({ inputs }, l) => ({
      norm: initAffine(dim),
      linear: initLinear(random.stream(`postfc${l}`), dim, inputs),
      bias: inr.generatedBiases ? initLinear(random.stream(`bias${l}`), dim, 1, { init: "zero" }) : undefined,
    })),
    base: initBase(inr, random.stream("base")),
  };
}

/** What `generate` may be told besides images and noise levels. */
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
  let data = patchEmbedding(params.patch, x, config.patch, params.positions);
  if (!skipEncoder) {
    if (!t)
      throw new Error(
        "transformer: generate: a noise level t [batch] is needed unless the encoder is skipped",
      );
    const c = condition(params, t, labels);
    for (const block of params.encoder) data = encoderBlock(block, data, c, heads);
  }
  const context = params.context ? layerNorm(data, { affine: params.context }) : data;

  // All images begin with the same tokens: what happens before the first look at an image happens once.
  let tokens = reshape(params.tokens, [1, ...params.tokens.shape]);
  for (const block of params.decoder) tokens = decoderBlock(block, tokens, context, heads);

  let start = 0;
  const own = layerShapes(inr).map(({ groups }, l) => {
    const part = slice(tokens, 1, start, groups);
    start += groups;
    return layerNorm(part, { affine: params.postfc[l].norm });
  });
  if (start !== tokens.shape[1] || dim !== tokens.shape[2])
    throw new Error(`transformer: tokens ${tokens.shape} do not fit ${start} columns of width ${dim}`);
  const columns = own.map((x, l) => linear(params.postfc[l].linear, x));
  if (!inr.generatedBiases) return generateLayers(inr, params.base, columns);
  const biases = own.map((x, l) => reshape(linear(params.postfc[l].bias!, x), x.shape.slice(0, 2)));
  return generateLayers(inr, params.base, columns, biases);
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
