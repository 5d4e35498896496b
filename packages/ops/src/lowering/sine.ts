// ONNX nodes for sine and cosine by arithmetic: WebGPU allows its own an error of 2^-11 and more.
import type { OnnxGraph } from "../onnx/graph.js";

/** A factor or a summand that is the same for every element. */
type Term = string | number;

/**
 * sin x, or cos x, with the numbers of `sin` and `cos` of ops/unary.ts: x = k pi + r, or (k + 1/2) pi + r, and sin r by the
 * polynomial 4.3.97 of Abramowitz & Stegun. |error| <= 1.5e-7 for |x| up to 10^4.
 */
export function sine(graph: OnnxGraph, x: string, { cosine = false } = {}): string {
  const name = (v: Term) => (typeof v === "number" ? graph.float(Float32Array.of(v), []) : v);
  const binary = (op: string) => (a: Term, b: Term) => graph.node(op, [name(a), name(b)]);
  const [mul, add, sub] = [binary("Mul"), binary("Add"), binary("Sub")];
  const floor = (v: string) => graph.node("Floor", [v]);

  const turns = mul(x, 0.3183098861837907);
  const k = floor(cosine ? turns : add(turns, 0.5));
  const h = cosine ? add(k, 0.5) : k;
  let r = x;
  for (const part of [3.140625, 9.675025939941406e-4, 1.5099579909783765e-7]) r = sub(r, mul(h, part));
  const s = mul(r, r);
  let y: Term = -2.39e-8;
  for (const coefficient of [2.7526e-6, -1.98409e-4, 0.0083333315, -0.1666666664])
    y = add(mul(s, y), coefficient);
  const size = add(r, mul(mul(r, s), y));
  // 0 for even k, 1 for odd.
  const odd = sub(k, mul(floor(mul(k, 0.5)), 2));
  return mul(size, cosine ? sub(mul(odd, 2), 1) : sub(1, mul(odd, 2)));
}
