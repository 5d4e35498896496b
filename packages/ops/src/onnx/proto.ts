// The few protocol-buffer messages of ONNX that a model needs, written as bytes (onnx.proto3, IR version 9).

type Bytes = Uint8Array;
const text = new TextEncoder();

function varint(n: number | bigint): number[] {
  const out: number[] = [];
  let v = BigInt.asUintN(64, BigInt(n));
  do {
    const low = Number(v & 0x7fn);
    v >>= 7n;
    out.push(v > 0n ? low | 0x80 : low);
  } while (v > 0n);
  return out;
}

export function join(parts: readonly Bytes[]): Bytes {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

/** Field of wire type 2: bytes, a string or a nested message. */
const bytes = (field: number, value: Bytes): Bytes =>
  join([Uint8Array.from([...varint((field << 3) | 2), ...varint(value.length)]), value]);
const string = (field: number, value: string): Bytes => bytes(field, text.encode(value));
const int = (field: number, value: number | bigint): Bytes =>
  Uint8Array.from([...varint(field << 3), ...varint(value)]);
const float = (field: number, value: number): Bytes =>
  join([Uint8Array.from(varint((field << 3) | 5)), new Uint8Array(Float32Array.of(value).buffer)]);

/** ONNX element types. */
export const FLOAT = 1;
export const INT64 = 7;

/** An attribute: a whole number, a list of them, a string, `{ float }`, or the `{ graph }` of a loop's body. */
export type AttributeValue =
  | number
  | readonly number[]
  | string
  | { readonly float: number }
  | { readonly graph: GraphSpec };

function attribute(name: string, value: AttributeValue): Bytes {
  const fields = [string(1, name)];
  if (typeof value === "number") fields.push(int(3, value), int(20, 2));
  else if (typeof value === "string") fields.push(string(4, value), int(20, 3));
  else if ("float" in value) fields.push(float(2, value.float), int(20, 1));
  else if ("graph" in value) fields.push(bytes(6, graphBytes(value.graph)), int(20, 5));
  else fields.push(...value.map((v) => int(8, v)), int(20, 7));
  return join(fields);
}

export interface NodeSpec {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attrs: Readonly<Record<string, AttributeValue>>;
}

const node = ({ op, domain, inputs, outputs, attrs }: NodeSpec): Bytes =>
  join([
    ...inputs.map((name) => string(1, name)),
    ...outputs.map((name) => string(2, name)),
    string(4, op),
    ...Object.entries(attrs).map(([name, value]) => bytes(5, attribute(name, value))),
    ...(domain ? [string(7, domain)] : []),
  ]);

/** A constant of the graph: float32 or int64. */
export interface InitializerSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

const initializer = ({ name, shape, data }: InitializerSpec): Bytes =>
  join([
    ...shape.map((d) => int(1, d)),
    int(2, data instanceof Float32Array ? FLOAT : INT64),
    string(8, name),
    bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ]);

export interface ValueSpec {
  readonly name: string;
  /** A string names a size that may change from run to run. */
  readonly shape: readonly (number | string)[];
}

function value({ name, shape }: ValueSpec): Bytes {
  const dimensions = shape.map((d) => bytes(1, typeof d === "number" ? int(1, d) : string(2, d)));
  const tensorType = join([int(1, FLOAT), bytes(2, join(dimensions))]);
  return join([string(1, name), bytes(2, bytes(1, tensorType))]);
}

/** Nodes from inputs to outputs. */
export interface GraphSpec {
  readonly name: string;
  readonly nodes: readonly NodeSpec[];
  readonly initializers: readonly InitializerSpec[];
  readonly inputs: readonly ValueSpec[];
  readonly outputs: readonly ValueSpec[];
}

export interface ModelSpec extends GraphSpec {
  readonly metadata?: Readonly<Record<string, string>>;
}

const graphBytes = ({ name, nodes, initializers, inputs, outputs }: GraphSpec): Bytes =>
  join([
    ...nodes.map((n) => bytes(1, node(n))),
    string(2, name),
    ...initializers.map((i) => bytes(5, initializer(i))),
    ...inputs.map((v) => bytes(11, value(v))),
    ...outputs.map((v) => bytes(12, value(v))),
  ]);

const opset = (domain: string, version: number) =>
  bytes(8, join([...(domain ? [string(1, domain)] : []), int(2, version)]));

/** The domains of nodes, and of those in their bodies. */
const domainsOf = (nodes: readonly NodeSpec[]): string[] =>
  nodes.flatMap(({ domain, attrs }) => [
    domain,
    ...Object.values(attrs).flatMap((value) =>
      typeof value === "object" && "graph" in value ? domainsOf(value.graph.nodes) : [],
    ),
  ]);

/** A whole model file: opset 20, and version 1 of other domains that a node asks for. */
export function model({ metadata = {}, ...graph }: ModelSpec): Bytes {
  const domains = new Set(domainsOf(graph.nodes).filter((domain) => domain !== ""));
  return join([
    int(1, 9),
    string(2, "imagefn"),
    bytes(7, graphBytes(graph)),
    opset("", 20),
    ...[...domains].map((domain) => opset(domain, 1)),
    ...Object.entries(metadata).map(([key, v]) => bytes(14, join([string(1, key), string(2, v)]))),
  ]);
}
