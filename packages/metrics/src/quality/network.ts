// What a no-reference metric is made of: the interface of its ONNX file, and what happens before and after it.
import type { HostArray } from "@imagefn/ops";

/** Planar RGB [3, height, width] in [0, 1]. */
export interface RgbPicture {
  /** In pixels. */
  readonly height: number;
  /** In pixels. */
  readonly width: number;
  /** [3, height, width], row by row. */
  readonly data: Float32Array;
}

/** A float32 input or output of an ONNX file; a size given as a word differs between pictures. */
export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

/** One run of the file: the numbers of its output. */
export type RunOnnx = (input: HostArray) => Promise<Float32Array>;

export interface QualityNetwork {
  readonly input: OnnxValue;
  readonly output: OnnxValue;
  score(picture: RgbPicture, run: RunOnnx): Promise<number>;
}

/** (x - mean) / std with a mean and a deviation for each channel, as an array [3, height, width]. */
export function normalize(
  { data, height, width }: RgbPicture,
  mean: readonly number[],
  std: readonly number[],
): HostArray {
  const area = height * width;
  const out = data.map((x, i) => (x - mean[Math.floor(i / area)]) / std[Math.floor(i / area)]);
  return { shape: [3, height, width], data: out };
}
