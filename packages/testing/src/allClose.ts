// Comparison of arrays of numbers, for tests.

export interface Tolerance {
  readonly rtol?: number;
  readonly atol?: number;
}

/**
 * Where |a - b| <= atol + rtol |b| fails first, as a sentence; undefined if it holds everywhere.
 * NaN is close to nothing.
 */
export function difference(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  { rtol = 1e-5, atol = 1e-6 }: Tolerance = {},
): string | undefined {
  if (a.length !== b.length) return `${a.length} numbers (expected ${b.length})`;
  let worst = 0;
  let at = -1;
  let wrong = 0;
  for (let i = 0; i < a.length; i++) {
    const excess = Math.abs(a[i] - b[i]) - (atol + rtol * Math.abs(b[i]));
    if (excess <= 0) continue;
    wrong++;
    if (at < 0 || excess > worst || Number.isNaN(excess)) {
      worst = excess;
      at = i;
    }
  }
  return wrong === 0
    ? undefined
    : `${wrong} of ${a.length} numbers differ, most at ${at}: ${a[at]} (expected ${b[at]})`;
}

/** Whether |a - b| <= atol + rtol |b| everywhere. */
export const allClose = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance: Tolerance = {}): boolean =>
  difference(a, b, tolerance) === undefined;
