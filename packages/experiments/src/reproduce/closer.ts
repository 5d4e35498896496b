// Which of two runs makes samples that are closer to the data.
import { type Judgement, lower, notHere, SCORE_MARGIN } from "./judge.js";
import { ours, type Results, scoreOf } from "./measured.js";
import type { Scale } from "./names.js";

/** The distance that all of them have: FID where its weights are installed, otherwise the one over nsfwjs. */
export function frechetOf(results: Results, labels: readonly string[]): string {
  return labels.every((label) => scoreOf(results, label, "FID") !== undefined) ? "FID" : ours.frechet;
}

/** Whether the first set of samples is closer to the data than the second, even if neither shows images yet. */
export function nearer(results: Results, scale: Scale, a: string, b: string): Judgement {
  const score = frechetOf(results, [a, b]);
  const named = (name: string) => ({ name, value: scoreOf(results, name, score) });
  return lower(score, named(a), named(b), SCORE_MARGIN[scale]);
}

/** Whether the first run makes samples that are closer to the data than the second's. */
export const closer = (results: Results, scale: Scale, a: string, b: string): Judgement =>
  amongImages(results, scale, [a, b], nearer(results, scale, a, b));

/** A run with a smaller part of its samples among the data (precision) does not generate images yet. */
const FEW = 0.02;

/**
 * A judgement about samples, unless one of the runs was too short to generate images: then it would compare their starts. Only
 * the tiny scale has such runs.
 */
export function amongImages(
  results: Results,
  scale: Scale,
  labels: readonly string[],
  judged: Judgement,
): Judgement {
  if (scale === "paper" || judged.verdict === "undecided") return judged;
  const early = labels.filter((label) =>
    ["precision", ours.precision].some((name) => (scoreOf(results, label, name) ?? 1) < FEW),
  );
  if (early.length === 0) return judged;
  return notHere(`Too short for ${early.join(", ")}: almost none of its samples are among the data`, judged);
}
