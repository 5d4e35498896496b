// SqueezeNet 1.1's convolutions, with the seven taps of LPIPS.
import { concat, type Tensor } from "@imagefn/ops";
import { blank, convRelu, type Params, parameterShapes } from "./params.js";
import { type Pooling, pool } from "./pooling.js";

/** The fire modules: index among torchvision's layers, squeezed channels, channels of each expansion. */
const FIRES = [
  [3, 16, 64],
  [4, 16, 64],
  [6, 32, 128],
  [7, 32, 128],
  [9, 48, 192],
  [10, 48, 192],
  [11, 64, 256],
  [12, 64, 256],
] as const;

/** The layers before which there is a pool. */
const POOLED = new Set([3, 6, 9]);

/** The layers whose results LPIPS looks at, after the first convolution. */
const TAPPED = new Set([4, 7, 9, 10, 11, 12]);

/**
 * SqueezeNet 1.1 (Iandola et al. 2016): normalised images [batch, 3, height, width] of at least 17 x 17 -> seven taps of
 * 64, 128, 256, 384, 384, 512, 512 channels.
 * Parameters are called as in torchvision: "features.0.weight", "features.3.squeeze.weight", "features.3.expand1x1.weight",
 * "features.3.expand3x3.weight", ..
 */
export function squeezeNet(params: Params, images: Tensor, pooling: Pooling = "max"): Tensor[] {
  let x = convRelu(params, images, "features.0", 64, 3, { stride: 2 });
  const taps = [x];
  for (const [index, squeezed, expanded] of FIRES) {
    if (POOLED.has(index)) x = pool(x, pooling, { size: 3, stride: 2, ceil: true });
    const path = `features.${index}`;
    const narrow = convRelu(params, x, `${path}.squeeze`, squeezed, 1);
    const one = convRelu(params, narrow, `${path}.expand1x1`, expanded, 1);
    const three = convRelu(params, narrow, `${path}.expand3x3`, expanded, 3, { pad: 1 });
    x = concat([one, three], 1);
    if (TAPPED.has(index)) taps.push(x);
  }
  return taps;
}

/** Names and shapes of the 25 convolutions' weights and biases; the classifier is not one of them. */
export const squeezeNetShapes = () => parameterShapes((params) => squeezeNet(params, blank(64, 64)));
