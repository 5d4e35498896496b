// Products with few tiles and a long k, as those of weight gradients: k is cut into parts, each with tiles of its own, and
// their sums are added up.
import { sum } from "../ops/reduce.js";
import { notLowered } from "../ops/source.js";
import { type Attrs, apply, type Op, type Tensor } from "../tensor.js";
import type { Product, Tiling } from "./product.js";
import { broadcastView, type View } from "./view.js";

interface Parts {
  readonly tiling: Tiling;
  readonly attrs: Attrs;
}

const known = new Map<Op, Op<Parts>>();

/** The op whose results are the sums of the parts of k, [parts, ...shape]. It has a tiled kernel alone. */
function partsOf(op: Op): Op<Parts> {
  const found = known.get(op);
  if (found) return found;
  const name = `${op.name}Parts`;
  /** The result as a whole. */
  const whole = ({ inputs, attrs }: Tensor<Parts>) => apply(op, inputs, attrs.attrs);
  const made: Op<Parts> = {
    name,
    shape: (inputs, { tiling, attrs }) => [tiling.parts, ...op.shape(inputs, attrs)],
    gradient: notLowered(name, "stands in for an op that has a gradient"),
    onnx: notLowered(name, "is for GPU.js alone"),
    kernel: notLowered(name, "has a tiled kernel alone"),
    strided: (y, views) => op.strided?.(whole(y), views) ?? false,
    product: (y, views) => ({ ...op.product!(whole(y), views), tiling: y.attrs.tiling }),
  };
  known.set(op, made);
  return made;
}

/** y as the sum of the parts of its product. */
export const inParts = (y: Tensor, tiling: Tiling): Tensor =>
  sum(apply(partsOf(y.op as Op), y.inputs, { tiling, attrs: y.attrs }), [0]);

/** The product that y is, however its factors lie: its sizes are always the same. */
export const productOf = (y: Tensor): Product | undefined =>
  y.op.product?.(
    y,
    y.inputs.map(({ shape }): View => broadcastView(shape, shape)),
  );
