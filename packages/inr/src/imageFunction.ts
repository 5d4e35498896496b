// An image function as data: its architecture and the numbers of its layers.
import type { HostArray } from "@imagefn/ops";
import { CHANNELS, coordinatesOf, type InrArchitecture, layerShapes } from "./architecture.js";
import type { InrLayer } from "./generate.js";

/** A picture as a function of coordinates: everything that is needed to draw it at any size. */
export interface ImageFunction {
  /** Its sizes, and how its numbers are meant. */
  readonly architecture: InrArchitecture;
  /** Factor on the output: c_out(80) = 0.4999777 for functions from a consistency model, 1 for fitted ones. */
  readonly scale: number;
  /** First to last: weight [inputs, outputs], bias [outputs]. */
  readonly layers: readonly InrLayer<HostArray>[];
  /** Remarks that travel with the file, as a seed or a title. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const finite = (name: string, n: unknown, positive = false): void => {
  if (typeof n !== "number" || !Number.isFinite(n) || (positive && n <= 0))
    throw new Error(`inr: ${name} must be a ${positive ? "positive" : "finite"} number (got ${n})`);
};

/**
 * The same function, if its parts fit together.
 * @throws with the first thing that is wrong: a setting, a missing layer, a shape, a number that is not finite.
 */
export function checkImageFunction(fn: ImageFunction): ImageFunction {
  const { architecture, scale, layers } = fn;
  const shapes = layerShapes(architecture);
  finite("peSigma", architecture.peSigma, true);
  finite("outBias", architecture.outBias);
  finite("scale", scale);
  const coordinates = coordinatesOf(architecture);
  if (coordinates !== "center" && coordinates !== "paper")
    throw new Error(
      `inr: unknown coordinates (got ${JSON.stringify(coordinates)}, expected "center" or "paper")`,
    );
  const { weights, generatedBiases } = architecture;
  if (weights !== undefined && weights !== "grouped" && weights !== "mlp-mod")
    throw new Error(`inr: unknown weights (got ${JSON.stringify(weights)}, expected "grouped" or "mlp-mod")`);
  if (generatedBiases !== undefined && typeof generatedBiases !== "boolean")
    throw new Error(`inr: generatedBiases must be true or false (got ${JSON.stringify(generatedBiases)})`);
  if (layers.length !== shapes.length)
    throw new Error(`inr: an image function has as many layers as its depth (got ${layers.length}, \
expected ${shapes.length})`);
  for (const [l, { inputs, outputs }] of shapes.entries()) {
    const { weight, bias } = layers[l];
    checkArray(`weight of layer ${l}`, weight, [inputs, outputs]);
    checkArray(`bias of layer ${l}`, bias, [outputs]);
  }
  return fn;
}

function checkArray(name: string, { shape, data }: HostArray, expected: readonly number[]): void {
  const n = expected.reduce((a, b) => a * b, 1);
  if (shape.length !== expected.length || shape.some((d, i) => d !== expected[i]) || data.length !== n)
    throw new Error(`inr: the ${name} does not fit the architecture (got [${shape.join(", ")}] with \
${data.length} numbers, expected [${expected.join(", ")}])`);
  for (let i = 0; i < n; i++)
    if (!Number.isFinite(data[i]))
      throw new Error(`inr: the ${name} holds a number that is not finite (got ${data[i]} at ${i})`);
}

/**
 * One image function for each image of a batch, as `generateLayers` gives them.
 * @param layers weight [batch, inputs, outputs], bias [outputs] shared or [batch, 1, outputs]
 * @throws if a batch size or a shape does not fit.
 */
export function splitBatch(
  architecture: InrArchitecture,
  layers: readonly InrLayer<HostArray>[],
  { scale = 1 }: { scale?: number } = {},
): ImageFunction[] {
  const batch = layers[0]?.weight.shape[0] ?? 0;
  const one = ({ shape, data }: HostArray, rank: number, image: number): HostArray => {
    const own = shape.slice(-rank);
    if (shape.length === rank) return { shape: own, data: data.slice() };
    const n = own.reduce((a, b) => a * b, 1);
    if (shape[0] !== batch || data.length !== batch * n)
      throw new Error(`inr: a batch of ${batch} functions has arrays of ${rank + 1} axes or more, the first of \
${batch} (got [${shape.join(", ")}])`);
    return { shape: own, data: data.slice(image * n, (image + 1) * n) };
  };
  return Array.from({ length: batch }, (_, image) =>
    checkImageFunction({
      architecture,
      scale,
      layers: layers.map(({ weight, bias }) => ({
        weight: one(weight, 2, image),
        bias: one(bias, 1, image),
      })),
    }),
  );
}

/**
 * The layers with outBias and scale worked into the last one, so that their output is the picture.
 */
export function outputLayers({ architecture, scale, layers }: ImageFunction): InrLayer<HostArray>[] {
  const last = layers[layers.length - 1];
  const scaled = {
    weight: { shape: last.weight.shape, data: last.weight.data.map((w) => scale * w) },
    bias: { shape: [CHANNELS], data: last.bias.data.map((b) => scale * (b + architecture.outBias)) },
  };
  return [...layers.slice(0, -1), scaled];
}
