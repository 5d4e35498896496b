// CM-UViT: all inputs are tokens, and long skip connections join the first half to the second (Bao et al. 2023).
import {
  type Affine,
  add,
  type Conv,
  concat,
  conv2d,
  type HostArray,
  initAffine,
  initConv,
  initLinear,
  type Linear,
  layerNorm,
  linear,
  normal,
  type Random,
  reshape,
  silu,
  sinusoid,
  slice,
  type Tensor,
} from "@imagefn/ops";
import { type Classes, classesOf, classRows, classVectors } from "./condition.js";
import type { ImageGenerator } from "./generator.js";
import { patchCount, patchify, unpatchify } from "./patches.js";
import {
  commonProblems,
  type FieldName,
  type GeneratorProblem,
  type ImageSize,
  ownName,
  refuse,
} from "./problems.js";
import { initUvitBlock, UVIT_INIT, type UvitBlock, uvitBlock } from "./uvitBlock.js";

/** What a CM-UViT is made of. */
export interface UvitConfig extends Classes {
  /** Width of a token, an even number. */
  readonly dim: number;
  /** Attention heads, which divide dim. */
  readonly heads: number;
  /** Blocks, an odd number: (depth - 1) / 2 in the first half, one in the middle, as many in the second half. */
  readonly depth: number;
  /** Side of a patch in pixels, which divides the image. */
  readonly patch: number;
  /** Hidden width of a block's MLP over dim. */
  readonly mlpRatio: number;
  /** Two layers on the noise level's sinusoid before it becomes a token. */
  readonly timeMlp: boolean;
}

/** The paper's CM-UViT for 64 x 64 images (D.2.1): 114,819,972 parameters. */
export const paperUvitConfig: UvitConfig = {
  dim: 768,
  heads: 12,
  depth: 15,
  patch: 4,
  mlpRatio: 4,
  classes: 0,
  timeMlp: false,
};

/** The parameters of a CM-UViT. */
export interface UvitParams<T = Tensor> {
  /** From the numbers of a patch, 3 patch patch, to dim. */
  patch: Linear<T>;
  /** Two layers on the noise level's sinusoid, with timeMlp. */
  time?: { fc1: Linear<T>; fc2: Linear<T> };
  /** [classes, dim], with a null class [classes + 1, dim] */
  labels?: T;
  /** Of the label token, if there is one, the time token and the patches, [tokens, dim]. */
  positions: T;
  /** The first half. */
  inBlocks: UvitBlock<T>[];
  /** The block between the halves. */
  midBlock: UvitBlock<T>;
  /** The second half, each block with a skip from its mirror image. */
  outBlocks: UvitBlock<T>[];
  /** The last layer norm. */
  norm: Affine<T>;
  /** From dim to the numbers of a patch. */
  linear: Linear<T>;
  /** 3 x 3, on the finished image. */
  conv: Conv<T>;
}

/**
 * Initial parameters, as in U-ViT's code: PyTorch's defaults for the convolutions (patches included) and N(0, 1) for
 * the class vectors, N(0, 0.02^2) for all else. Nothing is 0 but the biases, so images begin as faint textures.
 * @throws with all `uvitRecord.problems` of the settings
 */
export function initUvit(config: UvitConfig, size: ImageSize, random: Random): UvitParams<HostArray> {
  refuse("CM-UViT", uvitRecord.problems(config, size));
  const { dim, depth, patch, mlpRatio, timeMlp } = config;
  const rows = classRows(config);
  const half = (depth - 1) / 2;
  const block = (name: string, skip: boolean) => initUvitBlock(random.stream(name), dim, { skip, mlpRatio });
  const blocks = (name: string, skip: boolean) =>
    Array.from({ length: half }, (_, i) => block(`${name}${i}`, skip));
  const layer = (name: string, inputs: number, outputs: number) =>
    initLinear(random.stream(name), inputs, outputs, { init: UVIT_INIT });
  const colours = 3 * patch * patch;
  return {
    patch: initLinear(random.stream("patch"), colours, dim),
    time: timeMlp
      ? { fc1: layer("time.fc1", dim, 4 * dim), fc2: layer("time.fc2", 4 * dim, dim) }
      : undefined,
    labels: rows > 0 ? normal(random.stream("labels"), [rows, dim], 1) : undefined,
    positions: normal(
      random.stream("positions"),
      [(rows > 0 ? 2 : 1) + patchCount(size, patch), dim],
      UVIT_INIT,
    ),
    inBlocks: blocks("in", false),
    midBlock: block("mid", false),
    outBlocks: blocks("out", true),
    norm: initAffine(dim),
    linear: layer("linear", dim, colours),
    conv: initConv(random.stream("conv"), 3, 3, 3),
  };
}

function applyUvit(
  { dim, heads, patch }: UvitConfig,
  params: UvitParams,
  x: Tensor,
  t: Tensor,
  labels?: Tensor,
): Tensor {
  const [b, , height, width] = x.shape;
  const level = sinusoid(t, dim);
  const time = params.time ? linear(params.time.fc2, silu(linear(params.time.fc1, level))) : level;
  const label = classVectors(params.labels, labels);
  const extras = (label ? [label, time] : [time]).map((v) => reshape(v, [b, 1, dim]));
  const patches = linear(params.patch, patchify(x, patch));
  let h = add(concat([...extras, patches], 1), params.positions);

  const skips: Tensor[] = [];
  for (const block of params.inBlocks) {
    h = uvitBlock(block, h, heads);
    skips.push(h);
  }
  h = uvitBlock(params.midBlock, h, heads);
  for (const block of params.outBlocks) h = uvitBlock(block, h, heads, skips.pop());

  // Each token is finished by itself: leave out now those that are no patches.
  const finished = layerNorm(slice(h, 1, extras.length, patches.shape[1]), { affine: params.norm });
  const image = unpatchify(linear(params.linear, finished), patch, [height, width]);
  return conv2d(image, params.conv.weight, { pad: 1, bias: params.conv.bias });
}

/** A CM-UViT for images of one size. */
export type Uvit = ImageGenerator<UvitConfig, UvitParams<HostArray>>;

/** CM-UViT for images of height x width pixels. @throws with all `uvitRecord.problems` of the settings */
export function uvit(config: UvitConfig, size: ImageSize): Uvit {
  refuse("CM-UViT", uvitRecord.problems(config, size));
  return {
    config,
    shape: [3, ...size],
    ...classesOf(config),
    init: (random) => initUvit(config, size, random),
    apply: (params, x, t, { labels }) => applyUvit(config, params as UvitParams, x, t, labels),
  };
}

/** Settings of a CM-UViT apart from its data. */
export type UvitSettings = Omit<UvitConfig, keyof Classes>;

const { classes: _, ...defaults } = paperUvitConfig;

/** What configurations and tables know of CM-UViT. Fits `GeneratorRecord` of @imagefn/consistency. */
export const uvitRecord = {
  name: "uvit",
  title: "CM-UViT",
  description: "the transformer baseline with long skips",
  /** The paper's. */
  defaults: defaults as UvitSettings,
  /** @throws if the settings make no network for that size */
  make: (settings: UvitSettings, { size, ...classes }: { size: ImageSize } & Classes): Uvit =>
    uvit({ ...settings, ...classes }, size),
  /** Every rule that the settings break for images of a size. */
  problems(settings: UvitSettings, size: ImageSize, name: FieldName = ownName): GeneratorProblem[] {
    const { dim, depth } = settings;
    const problems = commonProblems(settings, size, name);
    if (dim % 2 !== 0)
      problems.push({
        field: "dim",
        message: `is ${dim}, which is odd: the noise level is a sine and a cosine for each frequency`,
      });
    if (!Number.isInteger(depth) || depth < 1)
      problems.push({ field: "depth", message: `must be a positive whole number (got ${depth})` });
    else if (depth % 2 === 0)
      problems.push({
        field: "depth",
        message: `is ${depth}, an even number: as many blocks come before the middle one as after it`,
      });
    return problems;
  },
} as const;
