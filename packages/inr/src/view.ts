// A window onto a picture: zoom and pan in one.
import type { Span } from "./coordinate.js";

/**
 * Part of a picture that is drawn over the whole canvas. The picture reaches from 0 to 1 on both axes: a `width` of 0.1
 * is a zoom of 10. It may leave the picture, for the function goes on there, with nothing that it was trained for.
 */
export interface View {
  /** Where its left edge lies in the picture. */
  readonly left: number;
  /** Where its top edge lies in the picture. */
  readonly top: number;
  /** Its width in the picture, above 0. */
  readonly width: number;
  /** Its height in the picture, above 0. */
  readonly height: number;
}

/** One drawing on a canvas. */
export interface Frame {
  /** Pixels of the canvas in a row, any number. */
  readonly width: number;
  /** Rows of pixels of the canvas, any number. */
  readonly height: number;
  /** The whole picture if left out. */
  readonly view?: View;
}

/** The two axes of a frame. @throws if a size is not a positive whole number, or the view is no window. */
export function axesOf({ width, height, view = { left: 0, top: 0, width: 1, height: 1 } }: Frame): {
  readonly rows: Span;
  readonly columns: Span;
} {
  for (const [name, n] of Object.entries({ width, height }))
    if (!Number.isInteger(n) || n < 1)
      throw new Error(`inr: the canvas's ${name} must be a positive whole number (got ${n})`);
  const numbers = [view.left, view.top, view.width, view.height];
  if (!numbers.every(Number.isFinite) || view.width <= 0 || view.height <= 0)
    throw new Error(
      `inr: a view has a finite left and top and a positive width and height (got ${numbers.join(", ")})`,
    );
  return {
    rows: { from: view.top, extent: view.height },
    columns: { from: view.left, extent: view.width },
  };
}
