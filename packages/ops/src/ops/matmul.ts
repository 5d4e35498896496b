// Matrix products: batched, with either side transposed, scaled.
import { type KernelFunction, kernel } from "../gpujs/kernel.js";
import type { Factor } from "../gpujs/product.js";
import { type Matrices, matricesOf, type View } from "../gpujs/view.js";
import { product } from "../lowering/product.js";
import { broadcast, check, type Shape, sameShape, size } from "../shape.js";
import { apply, type Op, type Tensor } from "../tensor.js";
import { broadcastTo, sumTo } from "./reduce.js";
import { reshape } from "./reshape.js";
import { lastTwoSwapped } from "./transpose.js";

interface MatmulAttrs {
  readonly transA: boolean;
  readonly transB: boolean;
  readonly alpha: number;
}

/** [rows, columns] of a factor as it enters the product. */
const matrixOf = (s: Shape, transposed: boolean): [number, number] => {
  const [r, c] = s.slice(-2);
  return transposed ? [c, r] : [r, c];
};

const oneColumn: KernelFunction = function matmul(a, b) {
  const i = this.thread.x;
  let line = Math.floor(i / this.constants.columns);
  if (line * this.constants.columns > i) line -= 1;
  if ((line + 1) * this.constants.columns <= i) line += 1;
  const column = i - line * this.constants.columns;
  let batch = Math.floor(line / this.constants.m);
  if (batch * this.constants.m > line) batch -= 1;
  if ((batch + 1) * this.constants.m <= line) batch += 1;
  const row = line - batch * this.constants.m;
  let outer = Math.floor(batch / this.constants.inner);
  if (outer * this.constants.inner > batch) outer -= 1;
  if ((outer + 1) * this.constants.inner <= batch) outer += 1;
  const own = batch - outer * this.constants.inner;
  const startA = this.constants.startA + outer * this.constants.outerA + own * this.constants.innerA;
  const startB = this.constants.startB + outer * this.constants.outerB + own * this.constants.innerB;
  const atA = startA + row * this.constants.rowA;
  const atB = startB + column * this.constants.columnB;
  let y = 0;
  for (let l = 0; l < this.constants.k; l++) {
    y += a[atA + l * this.constants.stepA] * b[atB + l * this.constants.stepB];
  }
  return y * this.constants.alpha;
};

const fourColumns: KernelFunction = function matmul4(a, b) {
  const i = this.thread.x;
  let line = Math.floor(i / this.constants.columns);
  if (line * this.constants.columns > i) line -= 1;
  if ((line + 1) * this.constants.columns <= i) line += 1;
  const column = 4 * (i - line * this.constants.columns);
  let batch = Math.floor(line / this.constants.m);
  if (batch * this.constants.m > line) batch -= 1;
  if ((batch + 1) * this.constants.m <= line) batch += 1;
  const row = line - batch * this.constants.m;
  let outer = Math.floor(batch / this.constants.inner);
  if (outer * this.constants.inner > batch) outer -= 1;
  if ((outer + 1) * this.constants.inner <= batch) outer += 1;
  const own = batch - outer * this.constants.inner;
  const startA = this.constants.startA + outer * this.constants.outerA + own * this.constants.innerA;
  const startB = this.constants.startB + outer * this.constants.outerB + own * this.constants.innerB;
  const atA = startA + row * this.constants.rowA;
  const atB = startB + column * this.constants.columnB;
  let y0 = 0;
  let y1 = 0;
  let y2 = 0;
  let y3 = 0;
  for (let l = 0; l < this.constants.k; l++) {
    const s = a[atA + l * this.constants.stepA];
    const at = atB + l * this.constants.stepB;
    y0 += s * b[at];
    y1 += s * b[at + this.constants.columnB];
    y2 += s * b[at + 2 * this.constants.columnB];
    y3 += s * b[at + 3 * this.constants.columnB];
  }
  return [
    y0 * this.constants.alpha,
    y1 * this.constants.alpha,
    y2 * this.constants.alpha,
    y3 * this.constants.alpha,
  ];
};

/** Where the numbers of both factors lie; undefined where their batches have more than an outer and an inner axis. */
function placement({ inputs, attrs, shape }: Tensor<MatmulAttrs>, views: readonly View[]) {
  const [a, b] = views.map((view, i) => matricesOf(view, inputs[i].shape.slice(-2)));
  if (!a || !b) return undefined;
  const inner = [a, b].find(({ batch }) => batch.length === 2)?.batch[1].size ?? 1;
  /** From one matrix to the next along the outer and the inner axis. */
  const apart = ({ batch }: Matrices): [number, number] | undefined => {
    if (batch.length > 2 || (batch.length === 2 && batch[1].size !== inner)) return undefined;
    if (batch.length === 2) return [batch[0].step, batch[1].step];
    const step = batch[0]?.step ?? 0;
    return [step * inner, step];
  };
  const [inA, inB] = [apart(a), apart(b)];
  if (!inA || !inB) return undefined;
  const { transA, transB } = attrs;
  const [m] = shape.slice(-2);
  return {
    m,
    k: matrixOf(inputs[0].shape, transA)[1],
    inner,
    startA: a.offset,
    outerA: inA[0],
    innerA: inA[1],
    rowA: transA ? a.column : a.row,
    stepA: transA ? a.row : a.column,
    startB: b.offset,
    outerB: inB[0],
    innerB: inB[1],
    columnB: transB ? b.row : b.column,
    stepB: transB ? b.column : b.row,
  };
}

const matmulOp: Op<MatmulAttrs> = {
  name: "matmul",
  shape([a, b], { transA, transB }) {
    const [m, k] = matrixOf(a, transA);
    const [k2, n] = matrixOf(b, transB);
    check(k === k2, "matmul", `equal inner sizes${transA || transB ? " after transposing" : ""}`, [a, b]);
    return [...broadcast("matmul", [a.slice(0, -2), b.slice(0, -2)]), m, n];
  },
  gradient(g, { inputs: [a, b], attrs: { transA, transB, alpha } }) {
    const ga = transA
      ? matmul(b, g, { transA: transB, transB: true, alpha })
      : matmul(g, b, { transB: !transB, alpha });
    const gb = transB
      ? matmul(g, a, { transA: true, transB: transA, alpha })
      : matmul(a, g, { transA: !transA, alpha });
    return [sumTo(ga, a.shape), sumTo(gb, b.shape)];
  },
  onnx: (graph, inputs, { inputs: [a, b], attrs }) =>
    product(graph, inputs, { ...attrs, ranks: [a.shape.length, b.shape.length] }),
  strided: (y, views) => placement(y, views) !== undefined,
  kernel(y, views) {
    const n = y.shape[y.shape.length - 1];
    // Four columns to a thread where they come in fours: each number of a is then read once for four products.
    const lanes = n % 4 === 0 ? 4 : 1;
    const constants = { ...placement(y, views)!, columns: n / lanes, alpha: y.attrs.alpha };
    return kernel(lanes === 4 ? fourColumns : oneColumn, constants, lanes);
  },
  product(y, views) {
    const { m, k, inner, ...at } = placement(y, views)!;
    const n = y.shape[y.shape.length - 1];
    const factor = (
      input: number,
      start: number,
      batches: number[],
      lines: number,
      line: number,
      step: number,
    ): Factor => ({
      input,
      start,
      batches,
      lines: [{ size: lines, step: line }],
      ks: [{ size: k, step }],
    });
    return {
      m,
      n,
      k,
      alpha: y.attrs.alpha,
      batches: [size(y.shape.slice(0, -2)) / inner, inner],
      a: factor(0, at.startA, [at.outerA, at.innerA], m, at.rowA, at.stepA),
      b: factor(1, at.startB, [at.outerB, at.innerB], n, at.columnB, at.stepB),
      columns: [{ size: n, step: 1 }],
      row: n,
    };
  },
};

/** Which operands of a product are transposed, and its factor. */
export interface MatmulOptions {
  /** Use a with its last two axes exchanged. */
  readonly transA?: boolean;
  /** The same of b. */
  readonly transB?: boolean;
  /** Factor on the product. */
  readonly alpha?: number;
}

/**
 * alpha * a b. a [..., m, k], b [..., k, n] (or exchanged, by the options) -> [..., m, n]; leading axes broadcast.
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  check(a.shape.length >= 2 && b.shape.length >= 2, "matmul", "two matrices, or batches of them", [
    a.shape,
    b.shape,
  ]);
  const { transA = false, transB = false } = options;
  const { alpha = 1 } = options;
  const innerA = lastTwoSwapped(a);
  if (innerA) return matmul(innerA, b, { transA: !transA, transB, alpha });
  const innerB = lastTwoSwapped(b);
  if (innerB) return matmul(a, innerB, { transA, transB: !transB, alpha });

  // A batch times one matrix is one larger product.
  if (a.shape.length > 2 && b.shape.length === 2 && !transA) {
    const rows = reshape(a, [-1, a.shape[a.shape.length - 1]]);
    const n = matrixOf(b.shape, transB)[1];
    return reshape(apply(matmulOp, [rows, b], { transA, transB, alpha }), [...a.shape.slice(0, -1), n]);
  }
  const batchA = a.shape.slice(0, -2);
  const batchB = b.shape.slice(0, -2);
  const batch = broadcast("matmul", [batchA, batchB]);
  const filled = (x: Tensor, own: Shape) =>
    size(own) === 1 && own.length > 0
      ? reshape(x, x.shape.slice(-2))
      : own.length === 0 || sameShape(own, batch)
        ? x
        : broadcastTo(x, [...batch, ...x.shape.slice(-2)]);
  const y = apply(matmulOp, [filled(a, batchA), filled(b, batchB)], { transA, transB, alpha });
  return reshape(y, [...batch, ...y.shape.slice(-2)]);
}
