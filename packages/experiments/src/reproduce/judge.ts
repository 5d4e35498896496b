// Judging claims by numbers: every comparison has a margin, and differences within it decide nothing.

import { three } from "../tables.js";
import type { Scale } from "./names.js";

/** What the measurements make of a claim. */
export type Verdict = "holds" | "fails" | "undecided";

/** Each verdict as reports show it. */
export const verdictText: Readonly<Record<Verdict, string>> = {
  holds: "holds here",
  fails: "does not hold",
  undecided: "not decidable at this scale",
};

/** A verdict with its reasons. */
export interface Judgement {
  readonly verdict: Verdict;
  /** The numbers that decided it, as text. */
  readonly numbers: string;
}

/** A number with its name in the judgement. */
export interface Named {
  readonly name: string;
  readonly value: number | undefined;
}

export const undecided = (numbers: string): Judgement => ({ verdict: "undecided", numbers });

/** Relative differences that two equal runs can have. */
export const MARGIN = { speed: 0.1, distance: 0.03, sharpness: 0.05, score: 0.05 } as const;

/**
 * The same of a score of generated images where too few seeds were trained to measure it. Seeds of the tiny scale are up to
 * 28 % apart (docs/recipes.md).
 */
export const SCORE_MARGIN: Readonly<Record<Scale, number>> = { tiny: 0.3, paper: 0.1 };

/** Whether `a` is below `b` by more than the margin: a part of `b`. */
export function lower(what: string, a: Named, b: Named, margin: number): Judgement {
  const missing = [a, b].filter(({ value }) => !isNumber(value));
  if (missing.length > 0)
    return undecided(`${what}: no number of ${missing.map(({ name }) => name).join(", ")}`);
  const [x, y] = [a.value as number, b.value as number];
  const numbers = `${what}: ${a.name} ${three(x)}, ${b.name} ${three(y)}`;
  if (x < y - margin * Math.abs(y)) return { verdict: "holds", numbers };
  if (x > y + margin * Math.abs(y)) return { verdict: "fails", numbers };
  return undecided(`${numbers} (within ${Math.round(margin * 100)} % of each other)`);
}

/** Whether `a` is above `b` by more than the margin. */
export function higher(what: string, a: Named, b: Named, margin: number): Judgement {
  const turned = lower(what, a, b, margin);
  const other: Record<Verdict, Verdict> = { holds: "fails", fails: "holds", undecided: "undecided" };
  return { ...turned, verdict: other[turned.verdict] };
}

/** How many times `b` the number `a` is: `holds` up to the first limit, `fails` from the second on. */
export function ratio(what: string, a: Named, b: Named, [good, bad]: readonly [number, number]): Judgement {
  if (!isNumber(a.value) || !isNumber(b.value)) return undecided(`${what}: no number`);
  const times = a.value / b.value;
  const numbers = `${what}: ${a.name} ${three(a.value)}, ${b.name} ${three(b.value)}, ${three(times)} times`;
  return between(times, [good, bad], numbers);
}

/** A number between two limits: `holds` on the side of the first limit, `fails` on that of the second. */
export function limits(
  what: string,
  value: number | undefined,
  both: readonly [number, number],
  unit = "",
): Judgement {
  if (!isNumber(value)) return undecided(`${what}: no number`);
  return between(value, both, `${what}: ${three(value)}${unit}`);
}

function between(value: number, [good, bad]: readonly [number, number], numbers: string): Judgement {
  const sign = good <= bad ? 1 : -1;
  if (sign * value <= sign * good) return { verdict: "holds", numbers };
  return sign * value >= sign * bad ? { verdict: "fails", numbers } : undecided(numbers);
}

/** All parts of one claim: it fails with any part, holds with all of them, and is undecided otherwise. */
export function all(parts: readonly Judgement[]): Judgement {
  if (parts.length === 0) return undecided("nothing was measured");
  const numbers = parts.map((part) => part.numbers).join("; ");
  if (parts.some(({ verdict }) => verdict === "fails")) return { verdict: "fails", numbers };
  return { verdict: parts.every(({ verdict }) => verdict === "holds") ? "holds" : "undecided", numbers };
}

/** A claim that one part is enough for: it holds with any, fails with all, and is undecided otherwise. */
export function any(parts: readonly Judgement[]): Judgement {
  const found = parts.find(({ verdict }) => verdict === "holds");
  if (found) return found;
  const numbers = parts.map((part) => part.numbers).join("; ");
  const failed = parts.length > 0 && parts.every(({ verdict }) => verdict === "fails");
  return { verdict: failed ? "fails" : "undecided", numbers };
}

/** A claim that only the other scale can decide, with the numbers that there are. */
export const notHere = (why: string, { numbers }: Judgement): Judgement => undecided(`${numbers}. ${why}`);

const isNumber = (value: number | undefined): value is number =>
  value !== undefined && Number.isFinite(value);
