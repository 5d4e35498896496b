// ONNX nodes for the gradients of a convolution, in the forms that ONNX Runtime's CPU provider is fastest at.
import type { Shape } from "../tensor.js";
import type { OnnxGraph } from "./graph.js";

/** The numbers of one convolution: image [b, c, h, w], gradient of its result [b, o, oh, ow], kernel [kh, kw]. */
export interface ConvGradientSizes {
  readonly image: Shape;
  readonly gradient: Shape;
  readonly kernel: readonly [number, number];
  readonly stride: number;
  readonly pad: readonly [number, number];
}

/** weight [o, c, kh, kw] -> [c, o, kh, kw], rows and columns reversed: the kernel that takes gradients back. */
export function turnedWeight(graph: OnnxGraph, weight: string, [o, c, kh, kw]: Shape): string {
  const cells = kh * kw;
  let turned = weight;
  if (cells > 1) {
    // A product with the reversing matrix: a Slice of negative steps moves one number at a time.
    const reversal = new Float32Array(cells * cells);
    for (let i = 0; i < cells; i++) reversal[i * cells + cells - 1 - i] = 1;
    const rows = graph.node("Reshape", [weight, graph.int64([o * c, cells])]);
    const product = graph.node("MatMul", [rows, graph.float(reversal, [cells, cells])]);
    turned = graph.node("Reshape", [product, graph.int64([o, c, kh, kw])]);
  }
  return graph.node("Transpose", [turned], { perm: [1, 0, 2, 3] });
}

/** The gradient by the weight: image [b, c, h, w], gradient [b, o, oh, ow] -> [o, c, kh, kw]. */
export function weightGradient(graph: OnnxGraph, x: string, g: string, sizes: ConvGradientSizes): string {
  const { image, gradient, kernel, stride, pad } = sizes;
  const [b, c, h, w] = image;
  const [, o, oh, ow] = gradient;
  const [kh, kw] = kernel;
  // Pixels in rows of one matrix for each image; or, where that leaves more products than pixels, of one for all images.
  const together = b > 1 && kh * kw * o * c > (c + o) * oh * ow;
  const outer = (v: string) => (together ? graph.node("Transpose", [v], { perm: [1, 0, 2, 3] }) : v);
  const [images, gradients] = [outer(x), outer(g)];
  const rows = (v: string, channels: number) =>
    graph.node("Reshape", [v, graph.int64(together ? [channels, b * oh * ow] : [b, channels, oh * ow])]);
  /** [p, ..] by [q, ..] -> [p, q], summed over all pixels. */
  function product(p: string, q: string): string {
    const y = graph.portable
      ? graph.node("MatMul", [p, graph.node("Transpose", [q], { perm: together ? [1, 0] : [0, 2, 1] })])
      : graph.node("FusedMatMul", [p, q], { transB: 1 }, { domain: "com.microsoft" });
    return together ? y : graph.node("ReduceSum", [y, graph.int64([0])], { keepdims: 0 });
  }
  const padded = (v: string, margins: readonly number[]) =>
    margins.every((m) => m === 0) ? v : graph.node("Pad", [v, graph.int64(margins)], { mode: "constant" });

  const same = stride === 1 && oh === h && ow === w && pad[0] < oh && pad[1] < ow;
  if (same) {
    // Cell (i, j) is the sum over pixels of g at (r, q) times x at (r + i - pad, q + j - pad). Columns are moved in g,
    // which also zeroes what would come from beyond the edge; rows of x then move as whole lines of memory.
    const moved = Array.from({ length: kw }, (_, j) =>
      padded(gradients, [0, 0, 0, j - pad[1], 0, 0, 0, pad[1] - j]),
    );
    const left = kw === 1 ? gradients : graph.node("Concat", moved, { axis: together ? 0 : 1 });
    const leftRows = rows(left, kw * o);
    const framed = padded(images, [0, 0, pad[0], 0, 0, 0, pad[0], 0]);
    const parts = Array.from({ length: kh }, (_, i) => {
      const whole = i === pad[0];
      const window = whole
        ? images
        : graph.node("Slice", [framed, graph.int64([i]), graph.int64([i + h]), graph.int64([2])]);
      return graph.node("Reshape", [product(leftRows, rows(window, c)), graph.int64([1, kw, o, c])]);
    });
    const joined = kh === 1 ? parts[0] : graph.node("Concat", parts, { axis: 0 });
    return kh * kw === 1
      ? graph.node("Reshape", [joined, graph.int64([o, c, 1, 1])])
      : graph.node("Transpose", [joined], { perm: [2, 3, 0, 1] });
  }

  // In general one product for each cell of the kernel, on shifted views of x.
  const frame = padded(images, [0, 0, ...pad, 0, 0, ...pad]);
  const gradientRows = rows(gradients, o);
  const cells: string[] = [];
  for (let i = 0; i < kh; i++)
    for (let j = 0; j < kw; j++) {
      const view = graph.node("Slice", [
        frame,
        graph.int64([i, j]),
        graph.int64([i + (oh - 1) * stride + 1, j + (ow - 1) * stride + 1]),
        graph.int64([2, 3]),
        graph.int64([stride, stride]),
      ]);
      cells.push(graph.node("Reshape", [product(gradientRows, rows(view, c)), graph.int64([o, c, 1])]));
    }
  const joined = cells.length === 1 ? cells[0] : graph.node("Concat", cells, { axis: 2 });
  return graph.node("Reshape", [joined, graph.int64([o, c, kh, kw])]);
}
