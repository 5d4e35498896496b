// Image functions as .safetensors files: the layers as arrays, the architecture in the metadata.
import type { HostArray } from "@imagefn/ops";
import { escaped, inOneLine, readSafetensors, writeSafetensors } from "@imagefn/ops/safetensors";
import { coordinatesOf, type InrArchitecture } from "./architecture.js";
import type { InrLayer } from "./generate.js";
import { checkImageFunction, type ImageFunction } from "./imageFunction.js";
import { BYTE, dequantised, quantised } from "./quantise.js";

const FORMAT = "imagefn.image-function";

/** Of float32 and float16, which every release reads; and of int8, whose weights need their scales. */
const VERSION = "1";
const VERSION_SCALED = "2";

/** How the numbers of a file are stored, the largest first. */
export const precisions = ["float32", "float16", "int8"] as const;

/** One of `precisions`. */
export type Precision = (typeof precisions)[number];

/** How to store a function. */
export interface SaveOptions {
  /**
   * `float32`, the default, keeps every bit. `float16` rounds to 11 bits. `int8` keeps 8 bits of each weight, with a
   * float32 scale for each neuron; biases stay float32.
   */
  readonly precision?: Precision;
}

const RESERVED = ["format", "version", "architecture", "scale"];

/** Fields of the architecture in a file. Those that it leaves out stay out; older files lack the last two. */
const NUMBERS = ["depth", "width", "groups", "peDim", "peSigma", "outBias"] as const;
const FIELDS = [...NUMBERS, "coordinates", "weights", "generatedBiases"] as const;

const weightName = (l: number) => `layers.${l}.weight`;
const biasName = (l: number) => `layers.${l}.bias`;
const scaleName = (l: number) => `layers.${l}.scale`;

/**
 * The bytes of a .safetensors file: arrays `layers.0.weight` [inputs, outputs], `layers.0.bias` [outputs] .., and
 * `layers.0.scale` [outputs], which the weights of int8 are times; metadata `format`, `version`, `architecture` (JSON),
 * `scale`, and the function's own.
 * @throws if the function's parts do not fit together, its metadata uses one of these names, the precision is unknown, or
 * a number does not fit float16.
 */
export function saveImageFunction(
  fn: ImageFunction,
  { precision = "float32" }: SaveOptions = {},
): Uint8Array {
  if (!precisions.includes(precision))
    throw new Error(
      `inr: unknown precision (got ${JSON.stringify(precision)}, expected ${precisions.join(", ")})`,
    );
  const { architecture, scale, layers, metadata = {} } = checkImageFunction(fn);
  const taken = Object.keys(metadata).find((key) => RESERVED.includes(key));
  if (taken)
    throw new Error(`inr: the name "${taken}" is used by the file itself; call this metadata something else`);
  const scaled = precision === "int8";
  const tensors = layers.flatMap(({ weight, bias }, l): [string, HostArray][] => {
    if (!scaled)
      return [
        [weightName(l), weight],
        [biasName(l), bias],
      ];
    const { codes, scale } = quantised(weight, BYTE);
    return [
      [weightName(l), codes],
      [scaleName(l), scale],
      [biasName(l), bias],
    ];
  });
  return writeSafetensors(
    tensors,
    {
      format: FORMAT,
      version: scaled ? VERSION_SCALED : VERSION,
      architecture: JSON.stringify({ ...architecture, coordinates: coordinatesOf(architecture) }, [
        ...FIELDS,
      ]),
      scale: String(scale),
      ...metadata,
    },
    {
      dtype: (name) =>
        scaled ? (name.endsWith("weight") ? "I8" : "F32") : precision === "float16" ? "F16" : "F32",
    },
  );
}

/**
 * The image function in a file's bytes.
 * @throws one sentence if the bytes are truncated, are not an image function, or do not fit their own architecture.
 */
export function loadImageFunction(bytes: Uint8Array): ImageFunction {
  const { tensors, metadata } = read(bytes);
  const { format, version, architecture, scale, ...rest } = metadata;
  if (format !== FORMAT)
    throw new Error(`inr: this .safetensors file holds something else than an image function (got format \
${shown(format ?? "none")}, expected "${FORMAT}")`);
  if (version !== VERSION && version !== VERSION_SCALED)
    throw new Error(`inr: this image function has a file version that this release cannot read (got \
${shown(version)}, expected "${VERSION}" or "${VERSION_SCALED}"); a newer @imagefn/inr may`);
  const found = readArchitecture(architecture);
  // Before anything is built from it: a damaged depth could be huge.
  const names = version === VERSION ? [weightName, biasName] : [weightName, biasName, scaleName];
  const count = names.length * found.depth;
  if (tensors.size !== count)
    throw new Error(`inr: damaged image function file: the wrong number of arrays (got ${tensors.size}, \
expected ${count} for ${found.depth} layers)`);
  const layers = Array.from({ length: found.depth }, (_, l): InrLayer<HostArray> => {
    const [weight, bias, scale] = names.map((name) => {
      const array = tensors.get(name(l));
      if (!array) throw new Error(`inr: damaged image function file: "${name(l)}" is missing`);
      return array;
    });
    return { weight: scale ? dequantised(weight, scale) : weight, bias };
  });
  // Number("") is 0, which would draw black.
  const factor = scale?.trim() ? Number(scale) : Number.NaN;
  const fn: ImageFunction = { architecture: found, scale: factor, layers };
  try {
    return checkImageFunction(Object.keys(rest).length > 0 ? { ...fn, metadata: rest } : fn);
  } catch (error) {
    throw new Error(escaped((error as Error).message));
  }
}

/** An entry of the metadata in one line: it may hold anything. */
const shown = (text: string | undefined): string => (text === undefined ? "none" : inOneLine(text));

function read(bytes: Uint8Array): { tensors: Map<string, HostArray>; metadata: Record<string, string> } {
  try {
    const { tensors, metadata } = readSafetensors(bytes);
    return { tensors, metadata: typeof metadata === "object" && metadata ? metadata : {} };
  } catch (error) {
    const reason = (error as Error).message.replace(/^ops: /, "");
    throw new Error(`inr: this is not an image function file: ${reason}`);
  }
}

/** The value of a text in JSON; undefined, to be reported with the text, if it is none. */
function parsed(
  json: string | undefined,
): Partial<Record<keyof InrArchitecture, unknown>> | null | undefined {
  try {
    return JSON.parse(json ?? "");
  } catch {
    return undefined;
  }
}

/** The architecture as the file has it; `checkImageFunction` looks at the values. */
function readArchitecture(json: string | undefined): InrArchitecture {
  const a = parsed(json);
  if (typeof a !== "object" || a === null)
    throw new Error(
      `inr: damaged image function file: its architecture is not a JSON object (got ${shown(json)})`,
    );
  for (const name of NUMBERS)
    if (typeof a[name] !== "number")
      throw new Error(
        `inr: damaged image function file: ${name} is not a number (got ${inOneLine(a[name])})`,
      );
  if (a.coordinates === undefined)
    throw new Error("inr: damaged image function file: its architecture has no coordinates");
  const found = FIELDS.filter((name) => a[name] !== undefined).map((name) => [name, a[name]]);
  return Object.fromEntries(found) as InrArchitecture;
}
