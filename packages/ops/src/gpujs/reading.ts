// How an op reads its input: the tensor whose array it is, and where in that array each number lies.
import { type Shape, size } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { broadcastView, isWhole, through, throughReshape, type View } from "./view.js";

export interface Reading {
  readonly base: Tensor;
  readonly view: View;
}

/** How y's kernel reads its inputs: as they lie where it can, else whole. */
export function operands(y: Tensor, isStored: (x: Tensor) => boolean): Reading[] {
  const whole = ({ shape }: Tensor) => broadcastView(shape, shape);
  const seen = y.inputs.map((x) => {
    const found = reading(x, x.shape, isStored);
    return isWhole(found.view) ? { base: found.base, view: whole(x) } : found;
  });
  if (
    y.op.strided?.(
      y,
      seen.map(({ view }) => view),
    )
  )
    return seen;
  return y.inputs.map((x) => ({ base: holder(x), view: whole(x) }));
}

/** Whether x is its input's numbers under another shape (reshape, stopGradient). */
const isAlias = ({ op, inputs }: Tensor): boolean =>
  inputs.length > 0 && !op.kernel && !op.numbers && !op.view && !op.fold;

/** The tensor whose array x shares. */
export function holder(x: Tensor): Tensor {
  let at = x;
  while (isAlias(at)) at = at.inputs[0];
  return at;
}

/** x as an op of shape `as` reads it, seen through every op that only moves numbers and has no array itself. */
export function reading(x: Tensor, as: Shape, isStored: (x: Tensor) => boolean): Reading {
  let view = broadcastView(x.shape, as);
  let at = x;
  for (;;) {
    const [input] = at.inputs;
    if (at.op.view && !isStored(at)) view = through(view, at.op.view(at), input.shape);
    else if (!isAlias(at)) return { base: at, view };
    else if (isWhole(view) && size(view.as) === size(at.shape))
      view = broadcastView(input.shape, input.shape);
    else {
      const seen = throughReshape(view, input.shape);
      if (!seen) return { base: holder(at), view };
      view = seen;
    }
    at = input;
  }
}
