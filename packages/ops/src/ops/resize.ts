// Bilinear resizing of images [batch, channels, height, width].
import type { Tensor } from "../tensor.js";
import { matmul } from "./matmul.js";
import { constant } from "./source.js";

/** The matrix [to, from] of linear interpolation with half-pixel centres, clamped at the border. */
function interpolation(from: number, to: number): Tensor {
  const data = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const source = Math.max(((i + 0.5) * from) / to - 0.5, 0);
    const low = Math.min(Math.floor(source), from - 1);
    const high = Math.min(low + 1, from - 1);
    data[i * from + low] += 1 - (source - low);
    data[i * from + high] += source - low;
  }
  return constant({ shape: [to, from], data });
}

/** Bilinear resize to [height, width], half-pixel centres, no antialiasing: two products with constant matrices. */
export function resizeBilinear(x: Tensor, [height, width]: readonly [number, number]): Tensor {
  const wide = matmul(x, interpolation(x.shape[3], width), { transB: true });
  return matmul(interpolation(x.shape[2], height), wide);
}
