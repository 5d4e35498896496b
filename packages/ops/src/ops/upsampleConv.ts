// A 3 x 3 convolution of an enlarged image, without the enlarged image: under half the work.
import { kernel } from "../gpujs/kernel.js";
import type { OnnxGraph } from "../onnx/graph.js";
import { check, type Shape } from "../shape.js";
import { apply, type Op, type Tensor } from "../tensor.js";
import { conv2d } from "./conv2d.js";
import { matmul } from "./matmul.js";
import { broadcastTo } from "./reduce.js";
import { reshape } from "./reshape.js";
import { constant } from "./source.js";
import { transpose } from "./transpose.js";

// Pixels repeated 2 x 2 are equal in pairs, so that of the three rows under the kernel two are the same row of the small
// image: row 2 r sees rows r - 1 (weight 0) and r (weights 1 + 2), row 2 r + 1 sees r (0 + 1) and r + 1 (2). The same
// holds for columns. Four convolutions by 2 x 2 sums of weights, one for each parity (a, d) of row and column, give all.

/** Which of the three weights of an axis are summed, [parity, cell of 2]. */
const SUMMED = [
  [[0], [1, 2]],
  [[0, 1], [2]],
];

/** [16, 9]: from the 3 x 3 weights to the 2 x 2 weights of (a, d). */
function phaseMatrix(): Tensor {
  const data = new Float32Array(16 * 9);
  for (let k = 0; k < 16; k++) {
    const [a, d, u, v] = [k >> 3, (k >> 2) & 1, (k >> 1) & 1, k & 1];
    for (const i of SUMMED[a][u]) for (const j of SUMMED[d][v]) data[k * 9 + 3 * i + j] = 1;
  }
  return constant({ shape: [16, 9], data });
}

/** Sizes common to both ops: of the small image [height, width], with `channels` in each of four phases. */
const sizes = ([, channels, tall, wide]: Shape) => ({
  channels,
  height: tall / 2,
  width: wide / 2,
  tall,
  wide,
});

/** [b, 4 c, h + 1, w + 1], phase (a, d) first among channels -> [b, c, 2 h, 2 w]; its row r + a is row 2 r + a. */
const interleaveOp: Op = {
  name: "interleavePhases",
  shape: ([[b, channels, rows, columns]]) => [b, channels / 4, 2 * (rows - 1), 2 * (columns - 1)],
  gradient: (g) => [apply(separateOp, [g], {})],
  onnx(graph, [x], { shape }) {
    const { channels, height, width } = sizes(shape);
    const parts = [0, 1, 2, 3].map((phase) => {
      const start = [phase * channels, phase >> 1, phase & 1];
      const end = [(phase + 1) * channels, start[1] + height, start[2] + width];
      return graph.node("Slice", [x, graph.int64(start), graph.int64(end), graph.int64([1, 2, 3])]);
    });
    return graph.node("DepthToSpace", [graph.node("Concat", parts, { axis: 1 })], {
      blocksize: 2,
      mode: "DCR",
    });
  },
  kernel: ({ shape }) =>
    kernel(function interleavePhases(x) {
      const i = this.thread.x;
      let line = Math.floor(i / this.constants.wide);
      if (line * this.constants.wide > i) line -= 1;
      if ((line + 1) * this.constants.wide <= i) line += 1;
      const column = i - line * this.constants.wide;
      let plane = Math.floor(line / this.constants.tall);
      if (plane * this.constants.tall > line) plane -= 1;
      if ((plane + 1) * this.constants.tall <= line) plane += 1;
      const row = line - plane * this.constants.tall;
      let image = Math.floor(plane / this.constants.channels);
      if (image * this.constants.channels > plane) image -= 1;
      if ((image + 1) * this.constants.channels <= plane) image += 1;
      const r = Math.floor(row * 0.5);
      const q = Math.floor(column * 0.5);
      const a = row - 2 * r;
      const d = column - 2 * q;
      const from = (image * 3 + 2 * a + d) * this.constants.channels + plane;
      return x[(from * (this.constants.height + 1) + r + a) * (this.constants.width + 1) + q + d];
    }, sizes(shape)),
};

/** x [b, c, 2 h, 2 w] -> [b, 4 c, h, w]: what SpaceToDepth does, for which ONNX Runtime has no WebGPU kernel. */
function phasesApart(graph: OnnxGraph, x: string, [b, c, tall, wide]: Shape): string {
  if (!graph.webgpu) return graph.node("SpaceToDepth", [x], { blocksize: 2 });
  const [h, w] = [tall / 2, wide / 2];
  const split = graph.node("Reshape", [x, graph.int64([b, c, h, 2, w, 2])]);
  const moved = graph.node("Transpose", [split], { perm: [0, 3, 5, 1, 2, 4] });
  return graph.node("Reshape", [moved, graph.int64([b, 4 * c, h, w])]);
}

/** The transpose of interleaveOp, [b, c, 2 h, 2 w] -> [b, 4 c, h + 1, w + 1]: 0 where a phase has no pixel. */
const separateOp: Op = {
  name: "separatePhases",
  shape: ([[b, c, tall, wide]]) => [b, 4 * c, tall / 2 + 1, wide / 2 + 1],
  gradient: (g) => [apply(interleaveOp, [g], {})],
  onnx(graph, [x], { inputs: [image] }) {
    const { channels, height, width } = sizes(image.shape);
    const apart = phasesApart(graph, x, image.shape);
    const margins = graph.int64([0, 0, 1, 1, 0, 0, 1, 1]);
    const framed = graph.node("Pad", [apart, margins], { mode: "constant" });
    const parts = [0, 1, 2, 3].map((phase) => {
      const start = [phase * channels, 1 - (phase >> 1), 1 - (phase & 1)];
      const end = [(phase + 1) * channels, start[1] + height + 1, start[2] + width + 1];
      return graph.node("Slice", [framed, graph.int64(start), graph.int64(end), graph.int64([1, 2, 3])]);
    });
    return graph.node("Concat", parts, { axis: 1 });
  },
  kernel: ({ inputs: [x] }) =>
    kernel(function separatePhases(x) {
      const i = this.thread.x;
      const columns = this.constants.width + 1;
      const rows = this.constants.height + 1;
      let line = Math.floor(i / columns);
      if (line * columns > i) line -= 1;
      if ((line + 1) * columns <= i) line += 1;
      let part = Math.floor(line / rows);
      if (part * rows > line) part -= 1;
      if ((part + 1) * rows <= line) part += 1;
      let block = Math.floor(part / this.constants.channels);
      if (block * this.constants.channels > part) block -= 1;
      if ((block + 1) * this.constants.channels <= part) block += 1;
      const image = Math.floor(block * 0.25);
      const phase = block - 4 * image;
      const a = Math.floor(phase * 0.5);
      const d = phase - 2 * a;
      const r = line - part * rows - a;
      const q = i - line * columns - d;
      let y = 0;
      if (r >= 0 && r < this.constants.height && q >= 0 && q < this.constants.width) {
        const plane = part - (3 * image + phase) * this.constants.channels;
        y = x[(plane * this.constants.tall + 2 * r + a) * this.constants.wide + 2 * q + d];
      }
      return y;
    }, sizes(x.shape)),
};

/**
 * conv2d(upsampleNearest(x, 2), weight, { pad: 1, bias }) for a 3 x 3 kernel:
 * x [batch, channels, h, w], weight [out, channels, 3, 3], bias [out] -> [batch, out, 2 h, 2 w].
 */
export function upsampleConv2d(x: Tensor, weight: Tensor, { bias }: { readonly bias?: Tensor } = {}): Tensor {
  const [out, channels, kh, kw] = weight.shape;
  check(kh === 3 && kw === 3, "upsampleConv2d", "weight [out, channels, 3, 3]", [weight.shape]);
  const sums = matmul(reshape(weight, [out * channels, 9]), phaseMatrix(), { transB: true });
  const phases = transpose(reshape(sums, [out, channels, 4, 4]), [2, 0, 1, 3]);
  const four = bias && reshape(broadcastTo(bias, [4, out]), [4 * out]);
  const y = conv2d(x, reshape(phases, [4 * out, channels, 2, 2]), { pad: 1, bias: four });
  return apply(interleaveOp, [y], {});
}
