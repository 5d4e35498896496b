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
  uniform,
} from "@imagefn/ops";
import { type InrArchitecture, layerShapes } from "./architecture.js";
import { positionalEmbedding } from "./embedding.js";

/**
 * One affine layer y = x W + b: weight [inputs, outputs], or [batch, inputs, outputs] for a function per image;
 * bias [outputs], or [batch, 1, outputs].
 */
export interface InrLayer<T = Tensor> {
  /** [inputs, outputs], or [batch, inputs, outputs] */
  weight: T;
  /** [outputs], or [batch, 1, outputs] */
  bias: T;
}

/**
 * What all images share, learned. Biases [outputs] U(+-1/sqrt(inputs)). Grouped: weights [inputs, outputs], the same.
 * "mlp-mod": mixtures [groups, outputs], U(+-3/sqrt(groups inputs)): with columns of variance 1/3, as PyTorch's default
 * layers give, each neuron begins with weights of about unit length, as grouped ones have. (ANR's own +-1/sqrt(groups + 1)
 * makes them sqrt(inputs)/3 long, in each layer.)
 */
export function initBase(architecture: InrArchitecture, random: Random): InrLayer<HostArray>[] {
  const mixed = architecture.weights === "mlp-mod";
  return layerShapes(architecture).map(({ inputs, outputs, groups }, l) => {
    const bound = 1 / Math.sqrt(inputs);
    return {
      weight: uniform(
        random.stream(`weight${l}`),
        [mixed ? groups : inputs, outputs],
        mixed ? 3 / Math.sqrt(groups * inputs) : bound,
      ),
      bias: uniform(random.stream(`bias${l}`), [outputs], bound),
    };
  });
}

/**
 * The layers of one function per image. Column g of U serves the neurons j with j mod groups = g:
 * W[:, j] = normalise(base[:, j] * U[:, j mod groups]), each neuron's weights of unit length (Chen & Wang 2022);
 * with "mlp-mod" W = U A, A the base (ANR). Generated biases u are added to the base's in the same way:
 * b[j] = base[j] + u[j mod groups], with "mlp-mod" base + u A.
 * @param columns the transpose of U: one tensor [batch, groups, inputs] per layer
 * @param biases for an architecture with generatedBiases: one tensor [batch, groups] per layer
 * @returns per layer weight [batch, inputs, outputs], and bias [outputs] where shared, else [batch, 1, outputs]
 * @throws if biases are missing, or given in vain.
 */
export function generateLayers(
  architecture: InrArchitecture,
  base: readonly InrLayer[],
  columns: readonly Tensor[],
  biases?: readonly Tensor[],
): InrLayer[] {
  const { weights = "grouped", generatedBiases = false } = architecture;
  if (generatedBiases !== (biases !== undefined))
    throw new Error(
      `inr: biases are given with generatedBiases, and only then (got ${biases ? "some" : "none"}, \
expected ${generatedBiases ? "one tensor per layer" : "none"})`,
    );
  return layerShapes(architecture).map(({ inputs, outputs, groups }, l) => {
    const { weight: shared, bias } = base[l];
    const own = biases?.[l];
    const batch = columns[l].shape[0];
    if (weights === "mlp-mod")
      return {
        weight: matmul(columns[l], shared, { transA: true }),
        bias: own ? add(matmul(reshape(own, [batch, 1, groups]), shared), bias) : bias,
      };
    /** Neurons as [.., outputs / groups, groups]: then what serves every groups-th of them spreads by itself. */
    const tiled = (x: Tensor, ...rows: number[]) => reshape(x, [...rows, outputs / groups, groups]);
    const modulation = reshape(transpose(columns[l]), [batch, inputs, 1, groups]);
    const product = reshape(mul(tiled(shared, inputs), modulation), [batch, inputs, outputs]);
    return {
      weight: normalizeL2(product, 1),
      bias: own ? reshape(add(tiled(bias), reshape(own, [batch, 1, groups])), [batch, 1, outputs]) : bias,
    };
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
