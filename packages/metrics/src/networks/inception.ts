// Inception-v3 as the graph of 2015 that FID is defined by, and as Keras has it.
import {
  avgPool2d,
  concat,
  matmul,
  maxPool2d,
  mean,
  reshape,
  type Shape,
  slice,
  type Tensor,
  transpose,
} from "@imagefn/ops";
import { blank, type ConvLayer, convRelu, type Params, parameterShapes } from "./params.js";

/** Lengths of the features of a 299 x 299 picture. */
export const POOL = 2048;
export const SPATIAL = 7 * 17 * 17;
export const CLASSES = 1008;

/** Which Inception-v3. */
export interface InceptionOptions {
  /** The pooling before the last 1x1 convolution: "max" in the graph of 2015, "average" in every other Inception-v3. */
  readonly lastPool?: "max" | "average";
}

/** Features of Inception-v3, symbolic. */
export interface InceptionFeatures {
  /** The global average of the last block, TensorFlow's pool_3: [batch, 2048]. */
  readonly pool: Tensor;
  /**
   * The first 7 channels of block Mixed_6d's 1x1 branch, TensorFlow's mixed_6/conv, row by row with the channels last:
   * [batch, 17 * 17 * 7] for images of 299 x 299.
   */
  readonly spatial: Tensor;
}

/** A convolution of one block: outputs, kernel, and how it moves. */
type Layer = (
  x: Tensor,
  name: string,
  outputs: number,
  kernel: number | readonly [number, number],
  options?: ConvLayer,
) => Tensor;

type Row = readonly [number, number];
const WIDE: Row = [1, 7];
const TALL: Row = [7, 1];
const across = { pad: [0, 3] } as const;
const down = { pad: [3, 0] } as const;
const largest = (x: Tensor) => maxPool2d(x, 3, { stride: 1, pad: 1 });

/**
 * The 1x1 convolution of the averages of 3 x 3 pixels, as the averages of its results: the same number, with far fewer
 * channels to average.
 */
const averaged = (conv: Layer, x: Tensor, outputs: number): Tensor =>
  conv(x, "branch_pool", outputs, 1, { before: (y) => avgPool2d(y, 3, { stride: 1, pad: 1 }) });

/** 35 x 35; `pooled` channels from the pooling branch. */
function blockA(conv: Layer, x: Tensor, pooled: number): Tensor {
  const one = conv(x, "branch1x1", 64, 1);
  const five = conv(conv(x, "branch5x5_1", 48, 1), "branch5x5_2", 64, 5, { pad: 2 });
  let double = conv(conv(x, "branch3x3dbl_1", 64, 1), "branch3x3dbl_2", 96, 3, { pad: 1 });
  double = conv(double, "branch3x3dbl_3", 96, 3, { pad: 1 });
  return concat([one, five, double, averaged(conv, x, pooled)], 1);
}

/** 35 x 35 to 17 x 17. */
function blockB(conv: Layer, x: Tensor): Tensor {
  const three = conv(x, "branch3x3", 384, 3, { stride: 2 });
  let double = conv(conv(x, "branch3x3dbl_1", 64, 1), "branch3x3dbl_2", 96, 3, { pad: 1 });
  double = conv(double, "branch3x3dbl_3", 96, 3, { stride: 2 });
  return concat([three, double, maxPool2d(x, 3, { stride: 2 })], 1);
}

/** 17 x 17; `inner` channels inside. Its 1x1 branch comes back too. */
function blockC(conv: Layer, x: Tensor, inner: number): { y: Tensor; one: Tensor } {
  const one = conv(x, "branch1x1", 192, 1);
  let seven = conv(x, "branch7x7_1", inner, 1);
  seven = conv(seven, "branch7x7_2", inner, WIDE, across);
  seven = conv(seven, "branch7x7_3", 192, TALL, down);
  let double = conv(x, "branch7x7dbl_1", inner, 1);
  double = conv(double, "branch7x7dbl_2", inner, TALL, down);
  double = conv(double, "branch7x7dbl_3", inner, WIDE, across);
  double = conv(double, "branch7x7dbl_4", inner, TALL, down);
  double = conv(double, "branch7x7dbl_5", 192, WIDE, across);
  return { y: concat([one, seven, double, averaged(conv, x, 192)], 1), one };
}

/** 17 x 17 to 8 x 8. */
function blockD(conv: Layer, x: Tensor): Tensor {
  const three = conv(conv(x, "branch3x3_1", 192, 1), "branch3x3_2", 320, 3, { stride: 2 });
  let seven = conv(x, "branch7x7x3_1", 192, 1);
  seven = conv(seven, "branch7x7x3_2", 192, WIDE, across);
  seven = conv(seven, "branch7x7x3_3", 192, TALL, down);
  seven = conv(seven, "branch7x7x3_4", 192, 3, { stride: 2 });
  return concat([three, seven, maxPool2d(x, 3, { stride: 2 })], 1);
}

/** 8 x 8. */
function blockE(conv: Layer, x: Tensor, pool: "max" | "average"): Tensor {
  const forked = (y: Tensor, name: string) => [
    conv(y, `${name}a`, 384, [1, 3], { pad: [0, 1] }),
    conv(y, `${name}b`, 384, [3, 1], { pad: [1, 0] }),
  ];
  const one = conv(x, "branch1x1", 320, 1);
  const three = forked(conv(x, "branch3x3_1", 384, 1), "branch3x3_2");
  const inner = conv(conv(x, "branch3x3dbl_1", 448, 1), "branch3x3dbl_2", 384, 3, { pad: 1 });
  const double = forked(inner, "branch3x3dbl_3");
  const pooled = pool === "max" ? conv(largest(x), "branch_pool", 192, 1) : averaged(conv, x, 192);
  return concat([one, ...three, ...double, pooled], 1);
}

/**
 * Inception-v3 (Szegedy et al. 2015) without its classifier: images [batch, 3, 299, 299], normalised as the weights
 * expect -> features. Smaller images down to 75 x 75 work and give smaller maps.
 * Parameters are in torchvision's names with the batch norms folded in: "Mixed_6b.branch7x7_2.weight", ".bias".
 * Average pools do not count their padding, as in TensorFlow.
 */
export function inception(
  params: Params,
  images: Tensor,
  { lastPool = "max" }: InceptionOptions = {},
): InceptionFeatures {
  const conv: Layer = (x, name, ...rest) => convRelu(params, x, name, ...rest);
  const inside =
    (block: string): Layer =>
    (x, name, ...rest) =>
      conv(x, `${block}.${name}`, ...rest);

  let x = conv(images, "Conv2d_1a_3x3", 32, 3, { stride: 2 });
  x = conv(x, "Conv2d_2a_3x3", 32, 3);
  x = conv(x, "Conv2d_2b_3x3", 64, 3, { pad: 1 });
  x = maxPool2d(x, 3, { stride: 2 });
  x = conv(x, "Conv2d_3b_1x1", 80, 1);
  x = conv(x, "Conv2d_4a_3x3", 192, 3);
  x = maxPool2d(x, 3, { stride: 2 });
  x = blockA(inside("Mixed_5b"), x, 32);
  x = blockA(inside("Mixed_5c"), x, 64);
  x = blockA(inside("Mixed_5d"), x, 64);
  x = blockB(inside("Mixed_6a"), x);
  x = blockC(inside("Mixed_6b"), x, 128).y;
  x = blockC(inside("Mixed_6c"), x, 160).y;
  const { y: afterD, one } = blockC(inside("Mixed_6d"), x, 160);
  x = blockC(inside("Mixed_6e"), afterD, 192).y;
  x = blockD(inside("Mixed_7a"), x);
  x = blockE(inside("Mixed_7b"), x, "average");
  x = blockE(inside("Mixed_7c"), x, lastPool);
  const seven = transpose(slice(one, 1, 0, 7), [0, 2, 3, 1]);
  return { pool: mean(x, [2, 3]), spatial: reshape(seven, [images.shape[0], -1]) };
}

/**
 * The 1008 logits of the graph of 2015 from `pool` [batch, 2048], WITHOUT the classifier's bias: what the reference
 * Inception Score takes its softmax of.
 */
export const inceptionLogits = (params: Params, pool: Tensor): Tensor =>
  matmul(pool, params("fc.weight", [CLASSES, POOL]), { transB: true });

/** The shapes of the 94 convolutions' folded weights and biases, in the order in which Keras makes its layers too. */
export const inceptionShapes = (): Map<string, Shape> =>
  parameterShapes((params) => inception(params, blank(299, 299)));

/** The convolutions with their weights' shapes: "Mixed_6b.branch7x7_2" -> [128, 128, 1, 7]. */
export const inceptionConvolutions = (): [path: string, shape: Shape][] =>
  [...inceptionShapes()]
    .filter(([path]) => path.endsWith(".weight"))
    .map(([path, shape]) => [path.slice(0, -".weight".length), shape]);
