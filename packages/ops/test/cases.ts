// The golden cases of the ops, by name: what each computes. Shared by the tests of every engine.
import {
  add,
  attention,
  avgPool2d,
  conv2d,
  convTranspose2d,
  gelu,
  geluTanh,
  groupNorm,
  layerNorm,
  linear,
  matmul,
  maxPool2d,
  normalizeL2,
  relu,
  resizeBilinear,
  silu,
  softmax,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  upsampleNearest,
} from "@imagefn/ops";

/** Inputs of each golden case, in the order of its function's arguments. */
export const goldenCases: Record<string, { inputs: string[]; f: (...x: Tensor[]) => Tensor }> = {
  matmul: { inputs: ["a", "b"], f: (a, b) => matmul(a, b) },
  bmm: { inputs: ["a", "b"], f: (a, b) => matmul(a, b) },
  linear: { inputs: ["x", "w", "b"], f: (x, weight, bias) => linear({ weight, bias }, x) },
  softmax: { inputs: ["x"], f: softmax },
  layernorm: { inputs: ["x", "w", "b"], f: (x, weight, bias) => layerNorm(x, { affine: { weight, bias } }) },
  layernorm_noaffine: { inputs: ["x"], f: (x) => layerNorm(x, { eps: 1e-6 }) },
  gelu_tanh: { inputs: ["x"], f: geluTanh },
  gelu_erf: { inputs: ["x"], f: gelu },
  silu: { inputs: ["x"], f: silu },
  relu: { inputs: ["x"], f: relu },
  groupnorm: {
    inputs: ["x", "w", "b"],
    f: (x, weight, bias) => groupNorm(x, 4, { affine: { weight, bias } }),
  },
  conv3x3_s1: { inputs: ["x", "w", "b"], f: (x, w, bias) => conv2d(x, w, { pad: 1, bias }) },
  conv3x3_s2: { inputs: ["x", "w", "b"], f: (x, w, bias) => conv2d(x, w, { stride: 2, pad: 1, bias }) },
  conv1x1: { inputs: ["x", "w", "b"], f: (x, w, bias) => conv2d(x, w, { bias }) },
  convT4x4_s2: {
    inputs: ["x", "w", "b"],
    f: (x, w, bias) => convTranspose2d(x, w, { stride: 2, pad: 1, bias }),
  },
  nearest2x: { inputs: ["x"], f: (x) => upsampleNearest(x, 2) },
  avgpool2: { inputs: ["x"], f: (x) => avgPool2d(x, 2) },
  maxpool3_s2: { inputs: ["x"], f: (x) => maxPool2d(x, 3, { stride: 2 }) },
  sdpa: { inputs: ["q", "k", "v"], f: attention },
  bilinear_up_8x6_to_13x17: { inputs: ["x"], f: (x) => resizeBilinear(x, [13, 17]) },
  bilinear_up_8x8_to_56x56: { inputs: ["x"], f: (x) => resizeBilinear(x, [56, 56]) },
  bilinear_down_17x12_to_5x7: { inputs: ["x"], f: (x) => resizeBilinear(x, [5, 7]) },
  l2norm_axis1: { inputs: ["x"], f: (x) => normalizeL2(x, 1) },
  pseudo_huber: {
    inputs: ["a", "b"],
    f(a, b) {
      const c = 0.00054 * Math.sqrt(48);
      return sub(sqrt(add(sum(square(sub(a, b)), [1, 2, 3]), c * c)), c);
    },
  },
};
