// Where pixels lie on one axis of a picture, or of a window onto it.

/** Part of an axis: the whole of it is from 0 to 1. */
export interface Span {
  readonly from: number;
  readonly extent: number;
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
