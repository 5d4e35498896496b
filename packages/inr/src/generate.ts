// From generated columns to the weights of an image function, and its differentiable evaluation.
import {
  add,
  type HostArray,
  matmul,
  mul,
  normalizeL2,
  type Random,
  relu,
  reshape,
  type Tensor,
  transpose,
} from "@imagefn/ops";
import { type InrArchitecture, layerShapes } from "./architecture.js";
import { positionalEmbedding } from "./embedding.js";

/** One affine layer y = x W + b: weight [inputs, outputs], or [batch, inputs, outputs] for a function per image. */
export interface InrLayer<T = Tensor> {
  weight: T;
  bias: T;
}

/** Weights that all images share: learned, modulated by each image's columns. Both U(+-1/sqrt(inputs)). */
export function initBase(architecture: InrArchitecture, random: Random): InrLayer<HostArray>[] {
  return layerShapes(architecture).map(({ inputs, outputs }, l) => {
    const bound = 1 / Math.sqrt(inputs);
    const uniform = (name: string, shape: number[]): HostArray => {
      const n = shape.reduce((a, b) => a * b, 1);
      return {
        shape,
        data: random
          .stream(`${name}${l}`)
          .uniform(n)
          .map((u) => (2 * u - 1) * bound),
      };
    };
    return { weight: uniform("weight", [inputs, outputs]), bias: uniform("bias", [outputs]) };
  });
}

/**
 * W[:, j] = normalise(base[:, j] * columns[j mod g]), each neuron's weights of unit length (Chen & Wang 2022).
 * @param columns one tensor [batch, groups, inputs] per layer
 * @returns weight [batch, inputs, outputs] and the shared bias [outputs] per layer
 */
export function generateLayers(
  architecture: InrArchitecture,
  base: readonly InrLayer[],
  columns: readonly Tensor[],
): InrLayer[] {
  return layerShapes(architecture).map(({ inputs, outputs, groups }, l) => {
    const batch = columns[l].shape[0];
    const modulation = reshape(transpose(columns[l]), [batch, inputs, 1, groups]);
    const shared = reshape(base[l].weight, [inputs, outputs / groups, groups]);
    const weight = normalizeL2(reshape(mul(shared, modulation), [batch, inputs, outputs]), 1);
    return { weight, bias: base[l].bias };
  });
}

/**
 * The image function at embedded coordinates: ReLU between layers, none at the end, then outBias.
 * embedding [batch, points, 2 peDim] or [points, 2 peDim] -> [batch, points, 3]
 */
export function evaluateLayers(
  { outBias }: InrArchitecture,
  layers: readonly InrLayer[],
  embedding: Tensor,
): Tensor {
  return layers.reduce((x, { weight, bias }, l) => {
    const y = add(matmul(x, weight), l === layers.length - 1 && outBias !== 0 ? add(bias, outBias) : bias);
    return l === layers.length - 1 ? y : relu(y);
  }, embedding);
}

/** The image function at coordinates (row, column): [batch, points, 2] or [points, 2] -> [batch, points, 3]. */
export const renderFunction = (
  architecture: InrArchitecture,
  layers: readonly InrLayer[],
  coordinates: Tensor,
): Tensor => evaluateLayers(architecture, layers, positionalEmbedding(coordinates, architecture));
