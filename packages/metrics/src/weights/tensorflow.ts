// Reads the constants of a frozen TensorFlow graph (.pb), such as classify_image_graph_def.pb.
import type { HostArray } from "@imagefn/ops";
import { type Budget, budgetFor, fail, quote, reading, show, sizeOf } from "./_format.js";
import { decode, type NumberType, toFloat32, WIDTH } from "./_numbers.js";
import { BYTES, eachField, FIXED32, FIXED64, packedVarints, VARINT } from "./_protobuf.js";

/**
 * The Const nodes of a GraphDef by node name, as float32. Floats of 16, 32 and 64 bits and integers are read;
 * strings and other types are passed over. Axes are TensorFlow's: a convolution is [height, width, in, out].
 *
 * @throws with what is wrong, where the file is damaged or has no constants
 */
export function readTensorflowConstants(
  bytes: Uint8Array,
  keep?: (name: string) => boolean,
): Map<string, HostArray> {
  return reading("TensorFlow graph (.pb)", () => parseTensorflow(bytes, keep));
}

/** GraphDef { repeated NodeDef node = 1; ... } */
export function parseTensorflow(
  bytes: Uint8Array,
  keep: (name: string) => boolean = () => true,
): Map<string, HostArray> {
  const out = new Map<string, HostArray>();
  const budget = budgetFor(bytes.length, 16);
  let nodes = 0;
  let constants = 0;
  eachField(bytes, 0, bytes.length, ({ number, wire, start, end }) => {
    if (number !== 1 || wire !== BYTES) return;
    nodes++;
    const node = parseNode(bytes, start, end);
    if (node.op !== "Const") return;
    constants++;
    if (!node.tensor || !keep(node.name)) return;
    budget.take(2 * node.name.length + 256, `the node ${quote(node.name)}`);
    if (out.has(node.name)) fail(`it has two nodes named ${quote(node.name)}`);
    const array = parseTensor(bytes, node.tensor, `the constant ${quote(node.name)}`, budget);
    if (array) out.set(node.name, array);
  });
  if (constants === 0)
    fail(`it has no constants among its ${nodes} nodes; freeze the graph's variables first`);
  return out;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** NodeDef { string name = 1; string op = 2; map<string, AttrValue> attr = 5; } */
function parseNode(bytes: Uint8Array, from: number, to: number) {
  const utf8 = new TextDecoder();
  const node = { name: "", op: "", tensor: undefined as Range | undefined };
  const text = ({ start, end }: Range) =>
    end - start > 10_000 ? fail("the name of a node is too long") : utf8.decode(bytes.subarray(start, end));
  eachField(bytes, from, to, (field) => {
    if (field.wire !== BYTES) return;
    if (field.number === 1) node.name = text(field);
    else if (field.number === 2) node.op = text(field);
    else if (field.number === 5) {
      let key = "";
      let tensor: Range | undefined;
      eachField(bytes, field.start, field.end, (entry) => {
        if (entry.wire !== BYTES) return;
        if (entry.number === 1) key = text(entry);
        // AttrValue { TensorProto tensor = 8; }
        else if (entry.number === 2)
          eachField(bytes, entry.start, entry.end, ({ number, wire, start, end }) => {
            if (number === 8 && wire === BYTES) tensor = { start, end };
          });
      });
      if (key === "value" && tensor) node.tensor = tensor;
    }
  });
  return node;
}

/** DataType of TensorProto, and the field that lists values one by one. */
const TYPES: Readonly<Record<number, { type: NumberType; list: number }>> = {
  1: { type: "float32", list: 5 },
  2: { type: "float64", list: 6 },
  3: { type: "int32", list: 7 },
  4: { type: "uint8", list: 7 },
  5: { type: "int16", list: 7 },
  6: { type: "int8", list: 7 },
  9: { type: "int64", list: 10 },
  10: { type: "bool", list: 11 },
  14: { type: "bfloat16", list: 13 },
  19: { type: "float16", list: 13 },
};

/** TensorProto { dtype = 1; tensor_shape = 2; tensor_content = 4; float_val = 5; ... }; undefined for other types. */
function parseTensor(
  bytes: Uint8Array,
  { start, end }: Range,
  what: string,
  budget: Budget,
): HostArray | undefined {
  let dtype = 0;
  let shape: number[] = [];
  let content: Range | undefined;
  eachField(bytes, start, end, (field) => {
    if (field.number === 1 && field.wire === VARINT) dtype = field.value;
    else if (field.number === 2 && field.wire === BYTES) shape = parseShape(bytes, field);
    else if (field.number === 4 && field.wire === BYTES) content = { start: field.start, end: field.end };
  });
  const known = Object.hasOwn(TYPES, dtype) ? TYPES[dtype] : undefined;
  if (!known) return undefined;
  const size = sizeOf(shape, what);
  budget.take(4 * size, what);
  if (content && content.end > content.start) {
    const length = content.end - content.start;
    if (length !== size * WIDTH[known.type])
      fail(
        `${what} has ${length} bytes (expected ${size * WIDTH[known.type]} for ${show(shape)} of ${known.type})`,
      );
    const own = new Uint8Array(length);
    own.set(bytes.subarray(content.start, content.end));
    return { shape, data: toFloat32(decode(known.type, own)) };
  }
  const values = listedValues(bytes, { start, end }, known);
  if (values.length > size)
    fail(`${what} lists ${values.length} numbers (expected at most ${size} for ${show(shape)})`);
  // As TensorFlow has it: the last value stands for all that follow.
  const data = new Float32Array(size).fill(values.at(-1) ?? 0);
  data.set(values);
  return { shape, data };
}

/** TensorShapeProto { repeated Dim dim = 2 { int64 size = 1; } } */
function parseShape(bytes: Uint8Array, { start, end }: Range): number[] {
  const shape: number[] = [];
  eachField(bytes, start, end, (field) => {
    if (field.number !== 2 || field.wire !== BYTES) return;
    let size = 0;
    eachField(bytes, field.start, field.end, (dim) => {
      if (dim.number === 1 && dim.wire === VARINT) size = dim.value;
    });
    shape.push(size);
  });
  return shape;
}

/** The values of float_val and its kind, packed or one by one. */
function listedValues(
  bytes: Uint8Array,
  range: Range,
  { type, list }: { type: NumberType; list: number },
): number[] {
  const out: number[] = [];
  const numbers = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = type === "float64" ? 8 : 4;
  const floating = type === "float32" || type === "float64";
  eachField(bytes, range.start, range.end, ({ number, wire, value, start, end }) => {
    if (number !== list) return;
    if (wire === VARINT) out.push(value);
    else if (floating && (wire === BYTES || wire === (width === 8 ? FIXED64 : FIXED32)))
      for (let at = start; at + width <= end; at += width)
        out.push(width === 8 ? numbers.getFloat64(at, true) : numbers.getFloat32(at, true));
    else if (wire === BYTES) for (const v of packedVarints(bytes, start, end)) out.push(v);
  });
  // Halves are listed by their bits.
  if (type === "float16" || type === "bfloat16")
    return [...decode(type, new Uint8Array(Uint16Array.from(out).buffer))];
  return out;
}
