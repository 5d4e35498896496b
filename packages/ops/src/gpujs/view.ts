// Arrays seen through ops that only move numbers: which number of an array each coordinate of a reader means.
import { type Shape, strides } from "../shape.js";

/** A coordinate of an array: the reader's along `axis` (none: 0) plus `shift`. */
export interface Coordinate {
  readonly axis?: number;
  readonly shift: number;
}

/** An array of shape `of` as read at the coordinates of a shape `as`; 0 where those leave `bounds`. */
export interface View {
  readonly as: Shape;
  readonly of: Shape;
  /** One for each axis of `of`. */
  readonly coordinates: readonly Coordinate[];
  /** For each axis of `as`, from and to (exclusive) which the array has numbers. */
  readonly bounds: readonly (readonly [number, number])[];
}

/** An array repeated to a shape by the rules of numpy. */
export const broadcastView = (of: Shape, as: Shape): View => ({
  as,
  of,
  coordinates: broadcastCoordinates(of, as),
  bounds: as.map((d) => [0, d] as const),
});

/** The same, as an op tells it: one coordinate for each axis of its input. */
export const broadcastCoordinates = (from: Shape, to: Shape): Coordinate[] =>
  from.map((d, i) => (d === 1 ? { shift: 0 } : { axis: i + to.length - from.length, shift: 0 }));

/** A view of y as one of y's input, by the coordinates in y of each axis of the input. */
export function through(view: View, move: readonly Coordinate[], of: Shape): View {
  const bounds = [...view.bounds];
  const coordinates = move.map(({ axis, shift }, i): Coordinate => {
    if (axis === undefined) return { shift };
    const seen = view.coordinates[axis];
    const moved = { axis: seen.axis, shift: seen.shift + shift };
    if (seen.axis === undefined) {
      // A fixed coordinate: there for every reader, or for none.
      if (moved.shift < 0 || moved.shift >= of[i]) bounds.fill([0, 0]);
      return moved;
    }
    const [low, high] = bounds[seen.axis];
    bounds[seen.axis] = [Math.max(low, -moved.shift), Math.min(high, of[i] - moved.shift)];
    return moved;
  });
  return { as: view.as, of, coordinates, bounds };
}

/** A view of reshape(x) as one of x, if only axes of size 1 come or go; undefined otherwise. */
export function throughReshape(view: View, of: Shape): View | undefined {
  const wide = (shape: Shape) => shape.flatMap((d, i) => (d === 1 ? [] : [i]));
  const [from, to] = [wide(of), wide(view.of)];
  if (from.length !== to.length || from.some((a, k) => of[a] !== view.of[to[k]])) return undefined;
  const move = of.map((_, i): Coordinate => {
    const k = from.indexOf(i);
    return k < 0 ? { shift: 0 } : { axis: to[k], shift: 0 };
  });
  return through(view, move, of);
}

/** An axis of the reader, as its index runs: how far apart its numbers lie in the array, and where it has any. */
export interface Axis {
  readonly size: number;
  readonly step: number;
  readonly bounds?: readonly [number, number];
}

export interface Layout {
  readonly axes: readonly Axis[];
  readonly offset: number;
  /** Every number is 0. */
  readonly empty: boolean;
}

/** How far apart the numbers lie along each axis of the reader, and where the first one is. */
function stepsOf({ as, of, coordinates }: View): { steps: number[]; offset: number } {
  const cells = strides(of);
  const steps = as.map(() => 0);
  let offset = 0;
  coordinates.forEach(({ axis, shift }, i) => {
    offset += shift * cells[i];
    if (axis !== undefined) steps[axis] += cells[i];
  });
  return { steps, offset };
}

/** Axes without those of size 1, and with neighbours joined where one continues the other. */
function joined(sizes: Shape, steps: readonly number[], bounds: View["bounds"]): Axis[] {
  const axes: Axis[] = [];
  sizes.forEach((size, i) => {
    if (size === 1) return;
    const [low, high] = bounds[i] ?? [0, size];
    const bound = low > 0 || high < size ? bounds[i] : undefined;
    const outer = axes.at(-1);
    if (outer && !outer.bounds && !bound && outer.step === steps[i] * size)
      axes[axes.length - 1] = { size: outer.size * size, step: steps[i] };
    else axes.push({ size, step: steps[i], bounds: bound });
  });
  return axes;
}

/** The fewest axes that say the same. */
export function layoutOf(view: View): Layout {
  const { steps, offset } = stepsOf(view);
  const empty = view.bounds.some(([low, high]) => low >= high);
  return { axes: joined(view.as, steps, view.bounds), offset, empty };
}

/** Whether the reader's index is the array's. */
export function isWhole(view: View): boolean {
  const { axes, offset, empty } = layoutOf(view);
  const [only] = axes;
  return (
    !empty && offset === 0 && (axes.length === 0 || (axes.length === 1 && only.step === 1 && !only.bounds))
  );
}

/** How the matrices of a batch lie in an array: where the first begins, and from each row, column and matrix to the next. */
export interface Matrices {
  readonly offset: number;
  readonly row: number;
  readonly column: number;
  /** The axes of the batch, those joined where one continues the other. */
  readonly batch: readonly Axis[];
}

/** A view [.., rows, columns] as matrices; undefined where it has no such form. */
export function matricesOf(view: View, [rows, columns]: readonly number[]): Matrices | undefined {
  const [r, c] = view.as.slice(-2);
  if (
    view.as.length < 2 ||
    r !== rows ||
    c !== columns ||
    view.bounds.some(([l, h], i) => l > 0 || h < view.as[i])
  )
    return undefined;
  const { steps, offset } = stepsOf(view);
  const [row, column] = steps.slice(-2);
  return { offset, row, column, batch: joined(view.as.slice(0, -2), steps, []) };
}
