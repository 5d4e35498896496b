// Where pixels lie on one axis of a picture, or of a window onto it.

/** Part of an axis: the whole of it is from 0 to 1. */
export interface Span {
  /** Where it begins. */
  readonly from: number;
  /** How long it is, above 0. */
  readonly extent: number;
}

/** A part of a picture, in its pixels. */
export interface Area {
  /** Its first row, counted from 0. */
  readonly top: number;
  /** Its first column, counted from 0. */
  readonly left: number;
  /** How many rows it has. */
  readonly height: number;
  /** How many columns it has. */
  readonly width: number;
}

const WHOLE: Span = { from: 0, extent: 1 };

/**
 * The coordinate of pixel i of n that lie on a part of one axis: for the whole axis 2 (i + 1/2) / n - 1, or the
 * paper's i / n.
 */
export function coordinate(
  i: number,
  n: number,
  kind: "center" | "paper",
  { from, extent }: Span = WHOLE,
): number {
  return kind === "center" ? 2 * (from + (extent * (i + 0.5)) / n) - 1 : from + (extent * i) / n;
}
