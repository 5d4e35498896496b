// Changing the size of images [batch, channels, height, width].
import { kernel } from "../gpujs/kernel.js";
import { apply, type Op, type Tensor } from "../tensor.js";
import { mul } from "./arithmetic.js";
import { matmul } from "./matmul.js";
import { avgPool2d } from "./pool.js";
import { constant } from "./source.js";

const upsampleNearestOp: Op<{ readonly scale: number }> = {
  name: "upsampleNearest",
  shape: ([[b, c, h, w]], { scale }) => [b, c, h * scale, w * scale],
  gradient: (g, { attrs: { scale } }) => [mul(avgPool2d(g, scale), scale * scale)],
  onnx: (graph, [x], { attrs: { scale } }) =>
    graph.node("Resize", [x, "", graph.float(Float32Array.of(1, 1, scale, scale), [4])], {
      mode: "nearest",
      nearest_mode: "floor",
      coordinate_transformation_mode: "asymmetric",
    }),
  kernel: ({ inputs: [x], attrs: { scale } }) =>
    kernel(
      function upsampleNearest(x) {
        // Lines of the small image, of all images one after another.
        const i = this.thread.x;
        let line = Math.floor(i / this.constants.wide);
        if (line * this.constants.wide > i) line -= 1;
        if ((line + 1) * this.constants.wide <= i) line += 1;
        const wideColumn = i - line * this.constants.wide;
        let column = Math.floor(wideColumn / this.constants.scale);
        if (column * this.constants.scale > wideColumn) column -= 1;
        if ((column + 1) * this.constants.scale <= wideColumn) column += 1;
        let row = Math.floor(line / this.constants.scale);
        if (row * this.constants.scale > line) row -= 1;
        if ((row + 1) * this.constants.scale <= line) row += 1;
        return x[row * this.constants.width + column];
      },
      { width: x.shape[3], wide: x.shape[3] * scale, scale },
    ),
};

/** Each pixel repeated scale x scale times. */
export const upsampleNearest = (x: Tensor, scale: number): Tensor => apply(upsampleNearestOp, [x], { scale });

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
