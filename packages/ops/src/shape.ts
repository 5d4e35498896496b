// Shapes and arithmetic on them: sizes, strides, broadcasting, axes.

/** Sizes of the axes of a tensor, outermost first; [] for a single number. */
export type Shape = readonly number[];

/** "[2, 3]" */
export const show = (shape: Shape): string => `[${shape.join(", ")}]`;

/** Number of elements. */
export const size = (shape: Shape): number => shape.reduce((n, d) => n * d, 1);

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i]);

/** Row-major strides in elements. */
export function strides(shape: Shape): number[] {
  const out = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) out[i] = out[i + 1] * shape[i + 1];
  return out;
}

/** The common shape of numpy broadcasting. Throws `ops: NAME: ...` where there is none. */
export function broadcast(name: string, shapes: readonly Shape[]): Shape {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  const out: number[] = [];
  for (let i = 0; i < rank; i++) {
    let d = 1;
    for (const s of shapes) {
      const e = s[i - rank + s.length] ?? 1;
      if (e !== 1 && d !== 1 && e !== d)
        throw new Error(
          `ops: ${name}: shapes do not broadcast (got ${shapes.map(show).join(" and ")}, ` +
            "expected equal sizes or 1 on every axis, counted from the last)",
        );
      if (e !== 1) d = e;
    }
    out.push(d);
  }
  return out;
}

/** Strides with which an array of shape `from` is read as one of shape `to`: 0 on repeated axes. */
export function broadcastStrides(from: Shape, to: Shape): number[] {
  const s = strides(from);
  const lead = to.length - from.length;
  return to.map((_, i) => (i < lead || from[i - lead] === 1 ? 0 : s[i - lead]));
}

/** An axis as 0..rank-1; negative counts from the end. */
export function axisOf(name: string, axis: number, rank: number): number {
  const a = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(a) || a < 0 || a >= rank)
    throw new Error(`ops: ${name}: no such axis (got ${axis}, expected ${-rank} to ${rank - 1})`);
  return a;
}

/** Fails with `ops: NAME: EXPECTATION (got SHAPES)` unless `ok`. */
export function check(ok: boolean, name: string, expected: string, got: readonly Shape[]): asserts ok {
  if (!ok)
    throw new Error(`ops: ${name}: wrong shapes (got ${got.map(show).join(", ")}, expected ${expected})`);
}
