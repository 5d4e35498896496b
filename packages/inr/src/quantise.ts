// Weights in a few bits each: whole numbers, and a scale for each neuron.
import type { HostArray } from "@imagefn/ops";

/** Bits of int8. */
export const BYTE = 8;

/** Weights as whole numbers times a scale. */
export interface Quantised {
  /** [inputs, outputs]: whole numbers from -(2^(bits - 1) - 1) to 2^(bits - 1) - 1. */
  readonly codes: HostArray;
  /** [outputs]: what one unit of a neuron's weights stands for. */
  readonly scale: HostArray;
}

/**
 * Weights [inputs, outputs] to the nearest multiples of their neuron's scale, which is the smallest that reaches its largest
 * weight: a neuron with small weights loses nothing to one with large ones.
 */
export function quantised({ shape, data }: HostArray, bits: number): Quantised {
  const [inputs, outputs] = shape;
  const most = 2 ** (bits - 1) - 1;
  const codes = new Float32Array(data.length);
  const scale = new Float32Array(outputs);
  for (let j = 0; j < outputs; j++) {
    for (let i = 0; i < inputs; i++) scale[j] = Math.max(scale[j], Math.abs(data[i * outputs + j]) / most);
    // The scale of the tiniest weights is 0 in float32.
    if (scale[j] > 0)
      for (let i = j; i < data.length; i += outputs) {
        const code = Math.round(data[i] / scale[j]);
        codes[i] = Math.min(Math.max(code, -most), most);
      }
  }
  return { codes: { shape, data: codes }, scale: { shape: [outputs], data: scale } };
}

/** The weights of codes [inputs, outputs] and scales. @throws if there is not one scale for each output */
export function dequantised({ shape, data }: HostArray, scale: HostArray): HostArray {
  const outputs = shape[1];
  if (scale.shape.length !== 1 || scale.shape[0] !== outputs)
    throw new Error(`inr: damaged image function file: the scales of weights [${shape.join(", ")}] are \
[${scale.shape.join(", ")}] (expected one for each neuron)`);
  return { shape, data: data.map((code, i) => code * scale.data[i % outputs]) };
}
