// Image functions as .safetensors files: the layers as arrays, the architecture in the metadata.
import type { HostArray } from "@imagefn/ops";
import { escaped, inOneLine, readSafetensors, writeSafetensors } from "@imagefn/ops/safetensors";
import { coordinatesOf, type InrArchitecture } from "./architecture.js";
import type { InrLayer } from "./generate.js";
import { checkImageFunction, type ImageFunction } from "./imageFunction.js";

const FORMAT = "imagefn.image-function";
const VERSION = "1";
const RESERVED = ["format", "version", "architecture", "scale"];

/** Fields of the architecture in a file. Those that it leaves out stay out; older files lack the last two. */
const NUMBERS = ["depth", "width", "groups", "peDim", "peSigma", "outBias"] as const;
const FIELDS = [...NUMBERS, "coordinates", "weights", "generatedBiases"] as const;

const weightName = (l: number) => `layers.${l}.weight`;
const biasName = (l: number) => `layers.${l}.bias`;

/**
 * The bytes of a .safetensors file: float32 arrays `layers.0.weight` [inputs, outputs], `layers.0.bias` [outputs] ..;
 * metadata `format`, `version`, `architecture` (JSON), `scale`, and the function's own.
 * @throws if the function's parts do not fit together, or its metadata uses one of these names.
 */
export function saveImageFunction(fn: ImageFunction): Uint8Array {
  const { architecture, scale, layers, metadata = {} } = checkImageFunction(fn);
  const taken = Object.keys(metadata).find((key) => RESERVED.includes(key));
  if (taken)
    throw new Error(`inr: the name "${taken}" is used by the file itself; call this metadata something else`);
  const tensors = layers.flatMap(({ weight, bias }, l): [string, HostArray][] => [
    [weightName(l), weight],
    [biasName(l), bias],
  ]);
  return writeSafetensors(tensors, {
    format: FORMAT,
    version: VERSION,
    architecture: JSON.stringify({ ...architecture, coordinates: coordinatesOf(architecture) }, [...FIELDS]),
    scale: String(scale),
    ...metadata,
  });
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
  if (version !== VERSION)
    throw new Error(`inr: this image function has a file version that this release cannot read (got \
${shown(version)}, expected "${VERSION}"); a newer @imagefn/inr may`);
  const found = readArchitecture(architecture);
  // Before anything is built from it: a damaged depth could be huge.
  if (tensors.size !== 2 * found.depth)
    throw new Error(`inr: damaged image function file: the wrong number of arrays (got ${tensors.size}, \
expected ${2 * found.depth} for ${found.depth} layers)`);
  const layers = Array.from({ length: found.depth }, (_, l): InrLayer<HostArray> => {
    const [weight, bias] = [tensors.get(weightName(l)), tensors.get(biasName(l))];
    if (!weight || !bias)
      throw new Error(
        `inr: damaged image function file: "${weight ? biasName(l) : weightName(l)}" is missing`,
      );
    return { weight, bias };
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
