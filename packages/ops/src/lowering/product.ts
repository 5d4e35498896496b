// ONNX nodes for a matrix product with transposed or scaled factors, in the operators that a target has.
import type { OnnxGraph } from "../onnx/graph.js";

interface Product {
  /** Number of axes of the factors. */
  readonly ranks: readonly [number, number];
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly alpha?: number;
}

/** alpha a b, with the last two axes of a factor exchanged where it says so; leading axes broadcast. */
export function product(
  graph: OnnxGraph,
  [a, b]: readonly string[],
  { ranks, transA = false, transB = false, alpha = 1 }: Product,
): string {
  if (!transA && !transB && alpha === 1) return graph.node("MatMul", [a, b]);
  const attrs = { transA: Number(transA), transB: Number(transB), alpha: { float: alpha } };
  // ONNX Runtime's WebGPU provider has no kernel for FusedMatMul: its node would run on the CPU, between two copies.
  if (graph.webgpu && ranks.every((rank) => rank === 2)) return graph.node("Gemm", [a, b], attrs);
  if (!graph.portable && !graph.webgpu)
    return graph.node("FusedMatMul", [a, b], attrs, { domain: "com.microsoft" });
  const swapped = (name: string, rank: number) =>
    graph.node("Transpose", [name], {
      perm: Array.from({ length: rank }, (_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i)),
    });
  const y = graph.node("MatMul", [transA ? swapped(a, ranks[0]) : a, transB ? swapped(b, ranks[1]) : b]);
  return alpha === 1 ? y : graph.node("Mul", [y, graph.float(Float32Array.of(alpha), [])]);
}
