// The architecture of an image function: a small MLP on embedded coordinates (the paper, D.1; Chen & Wang 2022).

/** The sizes of an image function, and how its numbers are meant. */
export interface InrArchitecture {
  /** Affine layers; ReLU after all but the last. */
  readonly depth: number;
  /** Neurons of every layer but the last, which has 3. */
  readonly width: number;
  /** Weight columns that a generator writes per layer. */
  readonly groups: number;
  /** Frequencies of the positional embedding, rows and columns together; the embedding has 2 peDim numbers. */
  readonly peDim: number;
  /** The highest frequency, in periods over [-1, 1]: at n pixels the Nyquist limit is n/2. */
  readonly peSigma: number;
  /** Added to the output: 0 for data in [-1, 1]. */
  readonly outBias: number;
  /** Where pixels lie: at cell centres of [-1, 1], as if left out, or at i/H in [0, 1) as in the paper's text. */
  readonly coordinates?: "center" | "paper";
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

/** Where the pixels of an image function lie. */
export const coordinatesOf = ({ coordinates = "center" }: InrArchitecture): "center" | "paper" => coordinates;

/** Colours of a pixel: red, green, blue. */
export const CHANNELS = 3;

/** One affine layer of an image function, y = x W + b. */
export interface LayerShape {
  /** Numbers that go in: 2 peDim for the first layer, the width for the others. */
  readonly inputs: number;
  /** Neurons: the width, 3 for the last layer. */
  readonly outputs: number;
  /** min(groups, outputs): how many generated columns this layer has. */
  readonly groups: number;
}

/** One broken rule of an architecture. */
export interface ArchitectureProblem {
  /** The setting to look at. */
  readonly field: keyof InrArchitecture;
  /** The rest of the sentence that the field begins, as "is 33, which is odd: ..". */
  readonly message: string;
}

/** Every rule that the sizes of an architecture break; empty where they make a function. */
export function architectureProblems({
  depth,
  width,
  groups,
  peDim,
  weights = "grouped",
}: InrArchitecture): ArchitectureProblem[] {
  const problems: ArchitectureProblem[] = [];
  const rule = (holds: boolean, field: keyof InrArchitecture, message: string) => {
    if (!holds) problems.push({ field, message });
  };
  for (const [name, n] of Object.entries({ depth, width, groups, peDim }))
    rule(
      Number.isInteger(n) && n >= 1,
      name as keyof InrArchitecture,
      `must be a positive whole number (got ${n})`,
    );
  if (problems.length > 0) return problems;
  rule(peDim % 2 === 0, "peDim", `is ${peDim}, which is odd: the row and the column take half of it each`);
  // The matrices of mlp-mod take any number of columns.
  if (weights !== "grouped") return problems;
  const layer = "of the image function";
  rule(
    depth === 1 || width % Math.min(groups, width) === 0,
    "groups",
    `is ${groups}, but the hidden layers ${layer} have ${width} outputs: groups must divide the width`,
  );
  rule(
    groups !== 2,
    "groups",
    `is 2, but the last layer ${layer} has ${CHANNELS} outputs: choose 1, or ${CHANNELS} or more`,
  );
  return problems;
}

/**
 * The layers, first to last.
 * @throws with the first of `architectureProblems`, if there is one
 */
export function layerShapes(architecture: InrArchitecture): LayerShape[] {
  const [problem] = architectureProblems(architecture);
  if (problem) throw new Error(`inr: ${problem.field} ${problem.message}`);
  const { depth, width, groups, peDim } = architecture;
  return Array.from({ length: depth }, (_, l) => {
    const outputs = l === depth - 1 ? CHANNELS : width;
    return { inputs: l === 0 ? 2 * peDim : width, outputs, groups: Math.min(groups, outputs) };
  });
}

/** Number of generated columns over all layers: 259 for the paper's architecture. */
export const tokenCount = (a: InrArchitecture): number => layerShapes(a).reduce((n, l) => n + l.groups, 0);

/** Number of weights and biases of one image function: 263,939 for the paper's architecture. */
export const parameterCount = (a: InrArchitecture): number =>
  layerShapes(a).reduce((n, { inputs, outputs }) => n + (inputs + 1) * outputs, 0);
