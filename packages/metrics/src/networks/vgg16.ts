// VGG-16's convolutions, with the five taps of LPIPS.
import type { Tensor } from "@imagefn/ops";
import { blank, convRelu, type Params, parameterShapes } from "./params.js";
import { type Pooling, pool } from "./pooling.js";

/** Outputs of the 3 x 3 convolutions between two pools. */
const GROUPS = [
  [64, 64],
  [128, 128],
  [256, 256, 256],
  [512, 512, 512],
  [512, 512, 512],
];

/**
 * VGG-16 (Simonyan & Zisserman 2014, configuration D): normalised images [batch, 3, height, width] of at least 16 x 16
 * -> relu1_2, relu2_2, relu3_3, relu4_3, relu5_3 of 64, 128, 256, 512, 512 channels.
 * Parameters are called as in torchvision: "features.0.weight" to "features.28.bias".
 */
export function vgg16(params: Params, images: Tensor, pooling: Pooling = "max"): Tensor[] {
  const taps: Tensor[] = [];
  let x = images;
  let index = 0;
  for (const group of GROUPS) {
    if (taps.length > 0) {
      x = pool(x, pooling, { size: 2, stride: 2 });
      index++;
    }
    for (const outputs of group) {
      x = convRelu(params, x, `features.${index}`, outputs, 3, { pad: 1 });
      // torchvision counts the relu as a layer too.
      index += 2;
    }
    taps.push(x);
  }
  return taps;
}

/** Names and shapes of the 13 convolutions' weights and biases. */
export const vgg16Shapes = () => parameterShapes((params) => vgg16(params, blank(32, 32)));
