// Multi-head attention on packed weights.
import { attention, type Linear, linear, reshape, slice, type Tensor, transpose } from "@imagefn/ops";

/** [batch, tokens, heads * d] -> [batch, heads, tokens, d] */
function splitHeads(x: Tensor, heads: number): Tensor {
  const [b, n, width] = x.shape;
  if (width % heads !== 0)
    throw new Error(`transformer: a width is divided evenly among its heads (got ${width} among ${heads})`);
  return transpose(reshape(x, [b, n, heads, width / heads]), [0, 2, 1, 3]);
}

/** [batch, heads, tokens, d] -> [batch, tokens, heads * d] */
function joinHeads(x: Tensor): Tensor {
  const [b, heads, n, d] = x.shape;
  return reshape(transpose(x, [0, 2, 1, 3]), [b, n, heads * d]);
}

/**
 * The layer that gives part `i` of `parts` packed outputs ([q | k | v] or [k | v]).
 * Cutting the weight is far cheaper than cutting the activations it makes.
 */
function part({ weight, bias }: Linear, i: number, parts: number): Linear {
  const n = weight.shape[0] / parts;
  return { weight: slice(weight, 0, i * n, n), bias: bias && slice(bias, 0, i * n, n) };
}

function attend(q: Tensor, k: Tensor, v: Tensor, heads: number): Tensor {
  return joinHeads(attention(splitHeads(q, heads), splitHeads(k, heads), splitHeads(v, heads)));
}

/** Self-attention before its output projection: qkv packs [q | k | v]. x [batch, tokens, width] -> the same. */
export const selfAttention = (qkv: Linear, x: Tensor, heads: number): Tensor =>
  attend(linear(part(qkv, 0, 3), x), linear(part(qkv, 1, 3), x), linear(part(qkv, 2, 3), x), heads);

/** Attention from x [batch, n, width] to a context [batch, m, width]: kv packs [k | v]. */
export const crossAttention = (q: Linear, kv: Linear, x: Tensor, context: Tensor, heads: number): Tensor =>
  attend(linear(q, x), linear(part(kv, 0, 2), context), linear(part(kv, 1, 2), context), heads);
