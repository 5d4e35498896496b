// A weighted sum of image functions as one image function: their neurons side by side, added up in the last layer.
import type { HostArray } from "@imagefn/ops";
import { CHANNELS, coordinatesOf, type InrArchitecture } from "./architecture.js";
import type { InrLayer } from "./generate.js";
import { type ImageFunction, outputLayers } from "./imageFunction.js";

/** One of the functions of a sum, and what it is multiplied by. */
export interface Summand {
  readonly fn: ImageFunction;
  readonly factor: number;
}

/**
 * The image function whose colours are the sum of those of others, each times its factor, before any clamp: hidden layers keep
 * the neurons of each function apart, and the last layer, which is linear, adds up. It is as wide as all of them together.
 * Extrapolation between two functions, f + s (g - f), is { g, s } and { f, 1 - s }.
 * @throws if there is none, or their depth, embedding or coordinates differ
 */
export function weightedSum(summands: readonly Summand[]): ImageFunction {
  const [first] = summands;
  if (!first) throw new Error("inr: a sum needs at least one image function (got none)");
  const { architecture } = first.fn;
  for (const { fn } of summands) checkSame(architecture, fn.architecture);
  const all = summands.map(({ fn, factor }) => scaledLast(outputLayers(fn), factor));
  const { depth, peDim, peSigma } = architecture;
  return {
    architecture: {
      depth,
      width: summands.reduce((n, { fn }) => n + fn.architecture.width, 0),
      // No generator writes it.
      groups: 1,
      peDim,
      peSigma,
      outBias: 0,
      coordinates: coordinatesOf(architecture),
    },
    scale: 1,
    layers: Array.from({ length: depth }, (_, l) =>
      joined(
        all.map((layers) => layers[l]),
        { inputsShared: l === 0, summed: l === depth - 1 },
      ),
    ),
  };
}

function checkSame(a: InrArchitecture, b: InrArchitecture): void {
  for (const field of ["depth", "peDim", "peSigma"] as const)
    if (a[field] !== b[field])
      throw new Error(
        `inr: functions of a sum must have the same ${field} (got ${a[field]} and ${b[field]})`,
      );
  if (coordinatesOf(a) !== coordinatesOf(b))
    throw new Error(
      `inr: functions of a sum must have the same coordinates (got ${coordinatesOf(a)} and ${coordinatesOf(b)})`,
    );
}

/** The layers with the output of the last one times a factor. */
function scaledLast(layers: readonly InrLayer<HostArray>[], factor: number): InrLayer<HostArray>[] {
  const times = ({ shape, data }: HostArray) => ({ shape, data: data.map((v) => factor * v) });
  return layers.map(({ weight, bias }, l) =>
    l === layers.length - 1 ? { weight: times(weight), bias: times(bias) } : { weight, bias },
  );
}

/** One layer of all functions: inputs are the embedding or the neurons of each, outputs neurons of each or their sum. */
function joined(
  layers: readonly InrLayer<HostArray>[],
  { inputsShared, summed }: { inputsShared: boolean; summed: boolean },
): InrLayer<HostArray> {
  const total = (axis: 0 | 1) => layers.reduce((n, { weight }) => n + weight.shape[axis], 0);
  const inputs = inputsShared ? layers[0].weight.shape[0] : total(0);
  const outputs = summed ? CHANNELS : total(1);
  const weight = new Float32Array(inputs * outputs);
  const bias = new Float32Array(outputs);
  let [row, column] = [0, 0];
  for (const { weight: own, bias: ownBias } of layers) {
    const [rows, columns] = own.shape;
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) weight[(row + i) * outputs + column + j] += own.data[i * columns + j];
    for (let j = 0; j < columns; j++) bias[column + j] += ownBias.data[j];
    if (!inputsShared) row += rows;
    if (!summed) column += columns;
  }
  return { weight: { shape: [inputs, outputs], data: weight }, bias: { shape: [outputs], data: bias } };
}
