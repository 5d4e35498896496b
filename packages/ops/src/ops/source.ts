// Where graphs begin: inputs, state and constants.
import { type Shape, show, size } from "../shape.js";
import { apply, type HostArray, type Op, type Tensor } from "../tensor.js";

const noGradient = () => [];
/** For a part of an op that is never asked for. */
export const notLowered = (name: string, why: string) => (): never => {
  throw new Error(`ops: ${name} ${why}`);
};

export interface PlaceholderAttrs {
  readonly kind: "input" | "state";
  readonly name: string;
  readonly shape: Shape;
}

export const placeholderOp: Op<PlaceholderAttrs> = {
  name: "placeholder",
  shape: (_, { shape }) => shape,
  gradient: noGradient,
  onnx: notLowered("placeholder", "is bound by its engine, not lowered"),
};

/** A tensor whose data comes at run time. Made by `program`; rarely needed by hand. */
export const placeholder = (kind: "input" | "state", name: string, shape: Shape): Tensor<PlaceholderAttrs> =>
  apply(placeholderOp, [], { kind, name, shape });

export interface ConstantAttrs {
  readonly shape: Shape;
  readonly data: Float32Array;
}

export const constantOp: Op<ConstantAttrs> = {
  name: "constant",
  shape(_, { shape, data }) {
    if (data.length !== size(shape))
      throw new Error(`ops: constant: ${show(shape)} needs ${size(shape)} numbers (got ${data.length})`);
    return shape;
  },
  gradient: noGradient,
  onnx: (graph, _, y) => graph.float(y.attrs.data, y.attrs.shape),
};

/** Numbers fixed when the graph is built: `constant(3)`, `constant({ shape, data })`. */
export function constant(value: number | HostArray): Tensor<ConstantAttrs> {
  if (typeof value === "number") return apply(constantOp, [], { shape: [], data: Float32Array.of(value) });
  return apply(constantOp, [], { shape: [...value.shape], data: value.data });
}

/** What ops of single cells take: a tensor, or a number for every cell. */
export type Operand = Tensor | number;

/** A number becomes a scalar constant. */
export const tensor = (x: Operand): Tensor => (typeof x === "number" ? constant(x) : x);

/** The data of a constant, or undefined. */
export const constantOf = (x: Tensor): HostArray | undefined =>
  x.op === constantOp ? (x.attrs as ConstantAttrs) : undefined;

/** Above this length a constant's numbers are not compared. */
const LONGEST = 4096;

/** The one number that a constant holds everywhere, if it does. */
export function uniform(x: Tensor): number | undefined {
  const data = constantOf(x)?.data;
  return data && data.length > 0 && data.length <= LONGEST && data.every((v) => v === data[0])
    ? data[0]
    : undefined;
}
