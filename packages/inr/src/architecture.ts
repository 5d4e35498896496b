// The architecture of an image function: a small MLP on embedded coordinates (the paper, D.1; Chen & Wang 2022).

export interface InrArchitecture {
  /** Affine layers; ReLU after all but the last. */
  readonly depth: number;
  readonly width: number;
  /** Weight columns that a generator writes per layer. */
  readonly groups: number;
  /** Frequencies of the positional embedding, rows and columns together; the embedding has 2 peDim numbers. */
  readonly peDim: number;
  /** The highest frequency, in periods over [-1, 1]: at n pixels the Nyquist limit is n/2. */
  readonly peSigma: number;
  /** Added to the output: 0 for data in [-1, 1]. */
  readonly outBias: number;
  /** Where pixels lie: at cell centres of [-1, 1], or at i/H in [0, 1) as in the paper's text. */
  readonly coordinates: "center" | "paper";
  /**
   * How a generator's columns become weights. "grouped", as if left out: each column serves every groups-th neuron,
   * times learned weights, brought to unit length (Chen & Wang 2022). "mlp-mod": each neuron has its own learned mixture
   * of all columns, of any length (ANR).
   */
  readonly weights?: "grouped" | "mlp-mod";
  /** A generator writes the biases too; if left out, its functions share learned ones. */
  readonly generatedBiases?: boolean;
}

/** The paper's image function: 5 layers of 256, 64 groups, 263,939 numbers. */
export const paperArchitecture: InrArchitecture = {
  depth: 5,
  width: 256,
  groups: 64,
  peDim: 128,
  peSigma: 1024,
  outBias: 0,
  coordinates: "center",
};

/** Colours of a pixel. */
export const CHANNELS = 3;

export interface LayerShape {
  readonly inputs: number;
  readonly outputs: number;
  /** min(groups, outputs): how many generated columns this layer has. */
  readonly groups: number;
}

/**
 * The layers, first to last.
 * @throws if a size is not a positive whole number or a layer's outputs cannot be divided among its groups.
 */
export function layerShapes(architecture: InrArchitecture): LayerShape[] {
  const { depth, width, groups, peDim, weights = "grouped" } = architecture;
  for (const [name, n] of Object.entries({ depth, width, groups, peDim }))
    if (!Number.isInteger(n) || n < 1)
      throw new Error(`inr: ${name} must be a positive whole number (got ${n})`);
  if (peDim % 2 !== 0)
    throw new Error(`inr: peDim must be even, half for rows and half for columns (got ${peDim})`);
  return Array.from({ length: depth }, (_, l) => {
    const outputs = l === depth - 1 ? CHANNELS : width;
    const g = Math.min(groups, outputs);
    if (weights === "grouped" && outputs % g !== 0)
      throw new Error(
        `inr: groups must divide the width (got ${g} groups for ${outputs} outputs of layer ${l})`,
      );
    return { inputs: l === 0 ? 2 * peDim : width, outputs, groups: g };
  });
}

/** Number of generated columns over all layers: 259 for the paper's architecture. */
export const tokenCount = (a: InrArchitecture): number => layerShapes(a).reduce((n, l) => n + l.groups, 0);

/** Number of weights and biases of one image function: 263,939 for the paper's architecture. */
export const parameterCount = (a: InrArchitecture): number =>
  layerShapes(a).reduce((n, { inputs, outputs }) => n + (inputs + 1) * outputs, 0);
