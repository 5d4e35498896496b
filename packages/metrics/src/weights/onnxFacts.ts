// What an ONNX file says of itself, read without its numbers: its metadata, and the files that hold its weights.

import { fail, quote, reading } from "./_format.js";
import { BYTES, FIXED32, FIXED64, VARINT } from "./_protobuf.js";
import { type FileSource, fileSource } from "./_source.js";

/** What an ONNX file says of itself. */
export interface OnnxFacts {
  /** `metadata_props`: words that its exporter chose. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Files beside it that hold weights, in alphabetical order; none where all are inside. */
  readonly external: readonly string[];
}

/** Fields of onnx.proto3: of the model, the graph, a tensor, and a pair of strings. */
const GRAPH = 7;
const METADATA = 14;
const INITIALIZER = 5;
const EXTERNAL = 13;
const KEY = 1;
const VALUE = 2;

/** A file of 2 GB has a few thousand of each; a file with more is made to keep its reader busy. */
const MOST_FIELDS = 5_000_000;

/**
 * Reads the metadata of an ONNX file and the names of its external data. Large tensors are passed over on disk.
 * @throws ImagefnError `invalid-data` for a file that is no ONNX model; an Error for one that cannot be opened
 */
export function readOnnxFacts(path: string): OnnxFacts {
  const file = fileSource(path);
  try {
    return reading("ONNX file", () => facts(file));
  } finally {
    file.close();
  }
}

function facts(file: FileSource): OnnxFacts {
  const metadata = new Map<string, string>();
  const external = new Set<string>();
  const walk = walker(file);
  let graphs = 0;
  walk(0, file.size, (number, start, end) => {
    if (number === METADATA) {
      const [key, value] = pair(walk, file, start, end);
      metadata.set(key, value);
    }
    if (number !== GRAPH) return;
    graphs++;
    walk(start, end, (field, from, to) => {
      if (field !== INITIALIZER) return;
      walk(from, to, (part, first, last) => {
        if (part !== EXTERNAL) return;
        const [key, value] = pair(walk, file, first, last);
        if (key === "location") external.add(beside(value));
      });
    });
  });
  if (graphs === 0) fail("it holds no graph");
  return { metadata, external: [...external].sort() };
}

/** @throws FormatError for a path that leaves the folder of the model */
function beside(location: string): string {
  const parts = location.split(/[\\/]/);
  if (location === "" || parts.includes("..") || parts[0] === "" || /^[a-z]:$/i.test(parts[0]))
    fail(`it names ${quote(location)} as the file of its weights (expected a file beside it)`);
  return location;
}

type Visit = (number: number, start: number, end: number) => void;
type Walk = (start: number, end: number, visit: Visit) => void;

function pair(walk: Walk, file: FileSource, start: number, end: number): [key: string, value: string] {
  const found = ["", ""];
  walk(start, end, (number, from, to) => {
    if (number !== KEY && number !== VALUE) return;
    if (to - from > 1 << 20) fail("a text of its metadata is longer than 1 MiB");
    found[number - 1] = new TextDecoder().decode(file.view(from, to - from));
  });
  return [found[0], found[1]];
}

/** Visits the fields of bytes of a message in [start, end) of a file, of which it reads the heads alone. */
function walker(file: FileSource): Walk {
  const CHUNK = 1 << 16;
  let chunk: Uint8Array = new Uint8Array(0);
  let first = 0;
  let fields = 0;
  const byte = (at: number): number => {
    if (at < first || at >= first + chunk.length) {
      first = at;
      chunk = file.view(at, Math.min(CHUNK, file.size - at));
    }
    return chunk[at - first];
  };
  return (start, end, visit) => {
    let at = start;
    const varint = (): number => {
      let value = 0;
      for (let i = 0; i < 10; i++) {
        if (at >= end) fail("a number is cut off (truncated?)");
        const b = byte(at++);
        value += (b & 127) * 2 ** (7 * i);
        if (b < 128) return value;
      }
      return fail("a number is longer than 64 bits");
    };
    while (at < end) {
      if (++fields > MOST_FIELDS) fail("it has too many fields");
      const key = varint();
      const [number, wire] = [Math.floor(key / 8), key % 8];
      if (number < 1) fail(`the field at byte ${at} has no valid number`);
      let length = 0;
      if (wire === VARINT) varint();
      else if (wire === BYTES) length = varint();
      else if (wire === FIXED32) length = 4;
      else if (wire === FIXED64) length = 8;
      else fail(`the field at byte ${at} is of the unknown kind ${wire}`);
      if (!(at + length <= end)) fail(`a field at byte ${at} is cut off (truncated?)`);
      const from = at;
      at += length;
      if (wire === BYTES) visit(number, from, at);
    }
  };
}
