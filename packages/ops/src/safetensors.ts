// The .safetensors format: a JSON header with names, shapes and metadata, then raw little-endian data.

import { type ByteSource, METADATA, readHeader } from "./safetensorsHeader.js";
import { numberTypes, toHalves, toSmallIntegers } from "./safetensorsTypes.js";
import { size } from "./shape.js";
import type { HostArray } from "./tensor.js";

export { escaped, inOneLine } from "./inOneLine.js";
export type { ByteSource } from "./safetensorsHeader.js";

/** The contents of a .safetensors file. */
export interface SafetensorsFile {
  /** By name, in the order of the file. */
  readonly tensors: Map<string, HostArray>;
  readonly metadata: Record<string, string>;
}

/** A type that numbers are stored in. */
export type StoredType = "F32" | "F16" | "I8";

/** How numbers are stored. */
export interface SafetensorsOptions {
  /**
   * F32, the default; F16, half the size: rounded to the nearest (ties to even), magnitudes up to 65504; or I8, a quarter:
   * whole numbers from -128 to 127. For all tensors, or for each by its name.
   */
  readonly dtype?: StoredType | ((name: string) => StoredType);
}

/** The bytes of numbers by the name of their type in the file. */
const stored = {
  F32: ({ buffer, byteOffset, byteLength }: Float32Array) => new Uint8Array(buffer, byteOffset, byteLength),
  F16: toHalves,
  I8: toSmallIntegers,
} as const satisfies Record<StoredType, (data: Float32Array, name: string) => Uint8Array<ArrayBufferLike>>;

/**
 * A file's bytes in parts, which share the memory of the tensors unless they are rounded: together they may be larger than
 * one array can be. Tensors are stored in the order given.
 * @throws if a name is given twice, or a number does not fit `dtype`
 */
export function safetensorsParts(
  tensors: Iterable<readonly [string, HostArray]>,
  metadata: Readonly<Record<string, string>> = {},
  { dtype = "F32" }: SafetensorsOptions = {},
): Uint8Array[] {
  const header: Record<string, unknown> = {};
  if (Object.hasOwn(metadata, "__proto__")) throw notAName("__proto__");
  if (Object.keys(metadata).length > 0) header[METADATA] = metadata;
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const [name, { shape, data }] of tensors) {
    if (name === "__proto__" || name === METADATA) throw notAName(name);
    if (Object.hasOwn(header, name)) throw new Error(`ops: safetensors: "${name}" is given twice`);
    if (data.length !== size(shape))
      throw new Error(`ops: safetensors: "${name}" holds ${data.length} numbers (expected ${size(shape)})`);
    const type = typeof dtype === "function" ? dtype(name) : dtype;
    const bytes = stored[type](data, name);
    header[name] = { dtype: type, shape: [...shape], data_offsets: [at, at + bytes.length] };
    parts.push(bytes);
    at += bytes.length;
  }
  // Padding with spaces keeps the data aligned to 8 bytes.
  const json = JSON.stringify(header);
  const length = new TextEncoder().encode(json).length;
  const text = new TextEncoder().encode(json + " ".repeat((8 - (length % 8)) % 8));
  const head = new Uint8Array(8 + text.length);
  new DataView(head.buffer).setBigUint64(0, BigInt(text.length), true);
  head.set(text, 8);
  return [head, ...parts];
}

const notAName = (name: string) =>
  new Error(`ops: safetensors: "${name}" cannot be a name in a file (expected any other)`);

/** A file's bytes. Tensors are stored in the order given. @throws as `safetensorsParts` does */
export function writeSafetensors(
  tensors: Iterable<readonly [string, HostArray]>,
  metadata: Readonly<Record<string, string>> = {},
  options: SafetensorsOptions = {},
): Uint8Array {
  const parts = safetensorsParts(tensors, metadata, options);
  const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** The metadata of a file, without reading its tensors. @throws as `readSafetensors` does */
export const readMetadata = (file: ByteSource): Record<string, string> => readHeader(file).metadata;

/**
 * Reads a file, from memory or tensor by tensor from where it lies. Numbers of every type (F16, BF16, F32, F64, I8 to I64,
 * U8 to U64, BOOL) become float32.
 * @throws with what is wrong, where the file is truncated or not a .safetensors file: before any tensor is read, unless
 * reading itself fails
 */
export function readSafetensors(file: ByteSource): SafetensorsFile {
  const { entries, metadata } = readHeader(file);
  const tensors = new Map<string, HostArray>();
  for (const { name, dtype, shape, from, to } of entries) {
    // A copy, which is aligned (and `slice` of a Node Buffer would not be one).
    const { buffer } = new Uint8Array(file.subarray(from, to));
    tensors.set(name, { shape, data: numberTypes.get(dtype)!.read(buffer) });
  }
  return { tensors, metadata };
}
