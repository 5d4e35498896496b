// Numbers as a report writes them.

/** Five digits at most, with an exponent where there would be many zeros. */
export function decimal(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-3)
    return value
      .toExponential(2)
      .replace(/\.?0+e/, "e")
      .replace("e+", "e");
  return size >= 1e5 ? value.toFixed(0) : String(Number(value.toPrecision(5)));
}

/** A count with its thousands set apart. */
export const count = (value: number): string => value.toLocaleString("en-US");

/** The middle of some numbers; undefined of none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** `1 image`, `2 images`. */
export const plural = (value: number, noun: string): string =>
  `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
