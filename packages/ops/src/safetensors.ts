// The .safetensors format: a JSON header with names, shapes and metadata, then raw little-endian data.

import { size } from "./shape.js";
import type { HostArray } from "./tensor.js";

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

export interface SafetensorsFile {
  readonly tensors: Map<string, HostArray>;
  readonly metadata: Record<string, string>;
}

const HEADER_LIMIT = 100 * 1024 * 1024;

/** A file that is read in places: `length` bytes, and those from `start` up to `end`. */
export interface ByteSource {
  readonly length: number;
  subarray(start: number, end: number): Uint8Array;
}

/**
 * A file's bytes in parts, which share the memory of the tensors: together they may be larger than one array can be.
 * Tensors are stored as float32 in the order given.
 */
export function safetensorsParts(
  tensors: Iterable<readonly [string, HostArray]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const [name, { shape, data }] of tensors) {
    if (data.length !== size(shape))
      throw new Error(`ops: safetensors: "${name}" holds ${data.length} numbers (expected ${size(shape)})`);
    header[name] = { dtype: "F32", shape: [...shape], data_offsets: [at, at + data.byteLength] };
    parts.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    at += data.byteLength;
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

/** A file's bytes. Tensors are stored as float32 in the order given. */
export function writeSafetensors(
  tensors: Iterable<readonly [string, HostArray]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const parts = safetensorsParts(tensors, metadata);
  const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const bad = (what: string) => new Error(`ops: not a readable .safetensors file: ${what}`);

/** The header of a file, and where its tensors begin. */
function readHeader(file: ByteSource): { header: Record<string, unknown>; base: number } {
  if (file.length < 8) throw bad(`it has ${file.length} bytes (expected a header of at least 8)`);
  const start = file.subarray(0, 8);
  const declared = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true);
  if (declared > BigInt(Math.min(HEADER_LIMIT, file.length - 8)))
    throw bad(
      `the header should be ${declared} bytes long, and the file has ${file.length - 8} (truncated?)`,
    );
  const length = Number(declared);
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(file.subarray(8, 8 + length)));
  } catch {
    throw bad("the header is not JSON");
  }
  if (typeof header !== "object" || header === null || Array.isArray(header))
    throw bad("the header is not an object");
  return { header, base: 8 + length };
}

function metadataOf({ __metadata__: metadata = {} }: Record<string, unknown>): Record<string, string> {
  if (!isMetadata(metadata)) throw bad("its metadata is not an object of strings");
  return metadata;
}

/** The metadata of a file, without reading its tensors. @throws as `readSafetensors` does */
export const readMetadata = (file: ByteSource): Record<string, string> => metadataOf(readHeader(file).header);

/**
 * Reads a file, from memory or tensor by tensor from where it lies: float32, and float64, int32, int64 or uint8 as float32.
 * @throws with what is wrong, where the file is truncated or not a .safetensors file.
 */
export function readSafetensors(file: ByteSource): SafetensorsFile {
  const { header, base } = readHeader(file);
  const metadata = metadataOf(header);
  const tensors = new Map<string, HostArray>();
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Partial<Entry>;
    const whole = (n: unknown) => Number.isInteger(n) && (n as number) >= 0;
    const valid =
      Array.isArray(shape) &&
      shape.every(whole) &&
      Array.isArray(offsets) &&
      offsets.length === 2 &&
      offsets.every(whole);
    if (!valid) throw bad(`"${name}" has no valid shape and offsets`);
    const [from, to] = offsets as [number, number];
    const width = Object.hasOwn(WIDTHS, String(dtype)) ? WIDTHS[String(dtype)] : undefined;
    if (width === undefined)
      throw bad(`"${name}" is of type ${dtype} (expected ${Object.keys(WIDTHS).join(", ")})`);
    if (to - from !== size(shape as number[]) * width)
      throw bad(`"${name}" has ${to - from} bytes for shape [${shape}]`);
    if (base + to > file.length)
      throw bad(`"${name}" ends at byte ${base + to} of ${file.length} (truncated?)`);
    tensors.set(name, {
      shape: shape as number[],
      data: decode(dtype as string, file.subarray(base + from, base + to)),
    });
  }
  return { tensors, metadata };
}

const isMetadata = (x: unknown): x is Record<string, string> =>
  typeof x === "object" &&
  x !== null &&
  !Array.isArray(x) &&
  Object.values(x).every((v) => typeof v === "string");

const WIDTHS: Record<string, number> = { F32: 4, F64: 8, I32: 4, I64: 8, U8: 1 };

function decode(dtype: string, view: Uint8Array): Float32Array {
  // A copy, which is aligned (and `slice` of a Node Buffer would not be one).
  const data = new Uint8Array(view);
  switch (dtype) {
    case "F32":
      return new Float32Array(data.buffer);
    case "F64":
      return Float32Array.from(new Float64Array(data.buffer));
    case "I32":
      return Float32Array.from(new Int32Array(data.buffer));
    case "I64":
      return Float32Array.from(new BigInt64Array(data.buffer), Number);
    default:
      return Float32Array.from(data);
  }
}
