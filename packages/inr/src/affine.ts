// Affine layers in plain JavaScript: the inner loop of the renderer.
import type { HostArray } from "@imagefn/ops";

/** A layer with its weights in the order in which the loop reads them. */
export interface PackedLayer {
  readonly inputs: number;
  /** Outputs rounded up to a multiple of four, the numbers of a row of y; the last ones are 0. */
  readonly stride: number;
  /** [stride / 4, inputs, 4]: four outputs side by side. */
  readonly weight: Float32Array;
  /** [stride] */
  readonly bias: Float32Array;
}

/** Packs weight [inputs, outputs], and bias [outputs] or zeros. */
export function packLayer(weight: HostArray, bias?: Float32Array): PackedLayer {
  const [inputs, outputs] = weight.shape;
  const stride = 4 * Math.ceil(outputs / 4);
  const packed = new Float32Array(stride * inputs);
  for (let k = 0; k < inputs; k++)
    for (let j = 0; j < outputs; j++)
      packed[((j >> 2) * inputs + k) * 4 + (j & 3)] = weight.data[k * outputs + j];
  const padded = new Float32Array(stride);
  if (bias) padded.set(bias);
  return { inputs, stride, weight: packed, bias: padded };
}

/**
 * y = x W + b, or max(0, x W + b), for `points` rows: x [points, xStride], y [points, stride].
 * Each number of y is summed in double precision in one fixed order, so it does not depend on the other rows.
 */
export function affine(
  { inputs, stride, weight, bias }: PackedLayer,
  x: Float32Array,
  xStride: number,
  y: Float32Array,
  points: number,
  relu: boolean,
): void {
  const lowest = relu ? 0 : Number.NEGATIVE_INFINITY;
  for (let j = 0; j < stride; j += 4) {
    // Two rows by four outputs: eight sums stay in registers, and each number read serves several of them.
    for (let p = 0; p < points; p += 2) {
      // With an odd number of rows, the last one is its own partner.
      const q = p + 1 < points ? p + 1 : p;
      let a0 = bias[j];
      let a1 = bias[j + 1];
      let a2 = bias[j + 2];
      let a3 = bias[j + 3];
      let b0 = a0;
      let b1 = a1;
      let b2 = a2;
      let b3 = a3;
      const atP = p * xStride;
      const atQ = q * xStride;
      let at = j * inputs;
      for (let k = 0; k < inputs; k++, at += 4) {
        const u = x[atP + k];
        const v = x[atQ + k];
        const w0 = weight[at];
        const w1 = weight[at + 1];
        const w2 = weight[at + 2];
        const w3 = weight[at + 3];
        a0 += u * w0;
        a1 += u * w1;
        a2 += u * w2;
        a3 += u * w3;
        b0 += v * w0;
        b1 += v * w1;
        b2 += v * w2;
        b3 += v * w3;
      }
      const toP = p * stride + j;
      const toQ = q * stride + j;
      y[toP] = Math.max(a0, lowest);
      y[toP + 1] = Math.max(a1, lowest);
      y[toP + 2] = Math.max(a2, lowest);
      y[toP + 3] = Math.max(a3, lowest);
      y[toQ] = Math.max(b0, lowest);
      y[toQ + 1] = Math.max(b1, lowest);
      y[toQ + 2] = Math.max(b2, lowest);
      y[toQ + 3] = Math.max(b3, lowest);
    }
  }
}
