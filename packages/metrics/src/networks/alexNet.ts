// AlexNet's convolutions, with the five taps of LPIPS.
import type { Tensor } from "@imagefn/ops";
import { blank, convRelu, type Params, parameterShapes } from "./params.js";
import { type Pooling, pool } from "./pooling.js";

/**
 * AlexNet in its one-tower form (Krizhevsky 2014): normalised images [batch, 3, height, width] of at least 31 x 31
 * -> relu1 .. relu5 of 64, 192, 384, 256, 256 channels.
 * Parameters are called as in torchvision: "features.0.weight" to "features.10.bias".
 */
export function alexNet(params: Params, images: Tensor, pooling: Pooling = "max"): Tensor[] {
  const window = { size: 3, stride: 2 };
  const one = convRelu(params, images, "features.0", 64, 11, { stride: 4, pad: 2 });
  const two = convRelu(params, pool(one, pooling, window), "features.3", 192, 5, { pad: 2 });
  const three = convRelu(params, pool(two, pooling, window), "features.6", 384, 3, { pad: 1 });
  const four = convRelu(params, three, "features.8", 256, 3, { pad: 1 });
  const five = convRelu(params, four, "features.10", 256, 3, { pad: 1 });
  return [one, two, three, four, five];
}

/** Names and shapes of the five convolutions' weights and biases. */
export const alexNetShapes = () => parameterShapes((params) => alexNet(params, blank(64, 64)));
