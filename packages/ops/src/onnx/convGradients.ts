// ONNX nodes for the gradients of a convolution, in the forms that ONNX Runtime's CPU provider is fastest at.

import { product } from "../lowering/product.js";
import type { Shape } from "../shape.js";
import type { OnnxGraph } from "./graph.js";

/** The numbers of one convolution: image [b, c, h, w], gradient of its result [b, o, oh, ow], kernel [kh, kw]. */
export interface ConvGradientSizes {
  readonly image: Shape;
  readonly gradient: Shape;
  readonly kernel: readonly [number, number];
  readonly stride: number;
  readonly pad: readonly [number, number];
}

/** weight [o, c, kh, kw] with rows and columns reversed, as gradients are taken back by. */
export function reversedWeight(graph: OnnxGraph, weight: string, [o, c, kh, kw]: Shape): string {
  const cells = kh * kw;
  if (cells === 1) return weight;
  // A product with the reversing matrix: a Slice of negative steps moves one number at a time.
  const reversal = new Float32Array(cells * cells);
  for (let i = 0; i < cells; i++) reversal[i * cells + cells - 1 - i] = 1;
  const rows = graph.node("Reshape", [weight, graph.int64([o * c, cells])]);
  const product = graph.node("MatMul", [rows, graph.float(reversal, [cells, cells])]);
  return graph.node("Reshape", [product, graph.int64([o, c, kh, kw])]);
}

/** The gradient by the weight: image [b, c, h, w], gradient [b, o, oh, ow] -> [o, c, kh, kw]. */
export function weightGradient(graph: OnnxGraph, x: string, g: string, sizes: ConvGradientSizes): string {
  const { image, gradient, kernel, stride, pad } = sizes;
  const [b, c, h, w] = image;
  const [, o, oh, ow] = gradient;
  const [kh, kw] = kernel;
  const pixels = oh * ow;
  // One product for each image and a sum; or where that makes more numbers than there are pixels, one product for all.
  const together = b > 1 && kh * kw * o * c > 2 * (c + o) * pixels;
  const outer = (v: string) => (together ? graph.node("Transpose", [v], { perm: [1, 0, 2, 3] }) : v);
  const [images, gradients] = [outer(x), outer(g)];
  /** Pixels as the rows of the factors of a product: [b, channels, pixels], or [channels, b pixels]. */
  const rows = (v: string, channels: number) =>
    graph.node("Reshape", [v, graph.int64(together ? [channels, b * pixels] : [b, channels, pixels])]);
  /** Rows of gradients by rows of images -> [o, c], summed over all pixels. */
  function cellProduct(p: string, q: string): string {
    const rank = together ? 2 : 3;
    const y = product(graph, [p, q], { ranks: [rank, rank], transB: true });
    return together ? y : graph.node("ReduceSum", [y, graph.int64([0])], { keepdims: 0 });
  }

  const same = stride === 1 && oh === h && ow === w;
  const cell = same ? cellsOfSameSize() : cellsInGeneral();
  const cells = Array.from({ length: kh * kw }, (_, k) => cell(Math.floor(k / kw), k % kw));
  if (cells.length === 1) return graph.node("Reshape", [cells[0], graph.int64([o, c, kh, kw])]);
  const all = graph.node("Concat", cells, { axis: 0 });
  const byCell = graph.node("Reshape", [all, graph.int64([kh * kw, o * c])]);
  const byWeight = graph.node("Transpose", [byCell], { perm: [1, 0] });
  return graph.node("Reshape", [byWeight, graph.int64([o, c, kh, kw])]);

  /** The product for each cell of the kernel, on shifted views of x. */
  function cellsInGeneral() {
    const margins = graph.int64([0, 0, ...pad, 0, 0, ...pad]);
    const frame = pad.some((p) => p > 0)
      ? graph.node("Pad", [images, margins], { mode: "constant" })
      : images;
    const left = rows(gradients, o);
    return (i: number, j: number) => {
      const ends = [i + (oh - 1) * stride + 1, j + (ow - 1) * stride + 1];
      const bounds = [[i, j], ends, [2, 3], [stride, stride]].map((v) => graph.int64(v));
      return cellProduct(left, rows(graph.node("Slice", [frame, ...bounds]), c));
    };
  }

  /**
   * Where the size stays, a shift by rows and columns is one by some number of pixels in lines of all pixels of a plane:
   * whole lines are copied, of whichever has fewer channels. Columns that come round the edge are zero in the other.
   */
  function cellsOfSameSize() {
    const [moving, still] = o < c ? [gradients, images] : [images, gradients];
    const [few, many] = o < c ? [o, c] : [c, o];
    const lines = graph.node("Reshape", [
      moving,
      graph.int64(together ? [few, b, pixels] : [b, few, pixels]),
    ]);
    const reach = pad[0] * w + pad[1];
    const margins = graph.int64([0, 0, reach, 0, 0, reach]);
    const framed = reach > 0 ? graph.node("Pad", [lines, margins], { mode: "constant" }) : lines;
    const masked = Array.from({ length: kw }, (_, j) => {
      const by = o < c ? pad[1] - j : j - pad[1];
      return rows(by === 0 ? still : graph.node("Mul", [still, columnsThatStay(graph, [h, w], by)]), many);
    });
    return (i: number, j: number) => {
      const by = (i - pad[0]) * w + (j - pad[1]);
      const start = reach + (o < c ? -by : by);
      const bounds = [[start], [start + pixels], [2]].map((v) => graph.int64(v));
      const line = by === 0 ? lines : graph.node("Slice", [framed, ...bounds]);
      const moved = together ? rows(line, few) : line;
      return o < c ? cellProduct(moved, masked[j]) : cellProduct(masked[j], moved);
    };
  }
}

/** 1 in each column that is still inside the image when moved by `by` columns, else 0: [1, 1, h, w]. */
function columnsThatStay(graph: OnnxGraph, [h, w]: readonly [number, number], by: number): string {
  const [mask] = graph.memo(`columns ${by} of ${h} x ${w}`, () => {
    const data = Float32Array.from({ length: h * w }, (_, k) =>
      (k % w) + by >= 0 && (k % w) + by < w ? 1 : 0,
    );
    return [graph.float(data, [1, 1, h, w])];
  });
  return mask;
}
