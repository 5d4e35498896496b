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

/** A short time: `41.2 ms`, `1.83 s`, and minutes from one on. */
export function shortTime(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Number(milliseconds.toPrecision(3))} ms`;
  const seconds = milliseconds / 1000;
  return seconds < 59.95 ? `${Number(seconds.toPrecision(3))} s` : longTime(seconds);
}

/** Seconds as minutes and hours: `8 min`, `30 min 28 s`, `2 h 5 min`. */
export function longTime(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [
    [Math.floor(whole / 3600), "h"],
    [Math.floor(whole / 60) % 60, "min"],
    [whole % 60, "s"],
  ] as const;
  const from = parts.findIndex(([value]) => value > 0);
  if (from < 0) return "0 s";
  return parts
    .slice(from, from + 2)
    .flatMap(([value, unit]) => (value > 0 ? [`${value} ${unit}`] : []))
    .join(" ");
}

/** The middle of some numbers; undefined of none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** `1 image`, `2 images`. */
export const plural = (value: number, noun: string): string =>
  `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
