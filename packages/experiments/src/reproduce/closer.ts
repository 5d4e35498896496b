// Which of two runs makes better samples, by the means of their seeds.
import { three } from "../tables.js";
import { type Judgement, MARGIN, notHere, SCORE_MARGIN, undecided } from "./judge.js";
import { ours, type Results } from "./measured.js";
import type { Scale } from "./names.js";
import { leastDifference, spreadOf, valuesOf } from "./seeds.js";

/** The distance that all of them have: FID where its weights are installed, otherwise the one over nsfwjs. */
export function frechetOf(results: Results, labels: readonly string[]): string {
  return labels.every((label) => valuesOf(results, label, "FID").length > 0) ? "FID" : ours.frechet;
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/** The mean of a score over the seeds of a run, of ratios where it is a distance; undefined without a value. */
export function meanScore(results: Results, label: string, score: string): number | undefined {
  const values = valuesOf(results, label, score);
  if (values.length === 0) return undefined;
  return isDistance(score) ? Math.exp(mean(values.map(Math.log))) : mean(values);
}

/** How scores decide a claim, for readers of the report. */
export const rules =
  "Scores of samples decide a claim only by a difference of the means over seeds that seeds alone exceed once in twenty times " +
  "(Student's t, with the standard deviation between the seeds of one run, pooled over the runs of the experiment: of the logarithm " +
  "for distances, of the score itself for precision and recall), and of 5 % at least, or 0.02 of precision and recall. Experiments " +
  "with fewer than 4 degrees of freedom for that deviation require 30 % at the tiny scale and 10 % at the paper's. Runs with fewer " +
  "than 2 % of their samples among the data (precision) do not make images yet, so that comparisons with them decide nothing. " +
  "Speeds and memory decide by a difference of 10 %.";

/** Scores from 0 up, of which the lower is the better and ratios matter. */
const isDistance = (score: string) => ["FID", "sFID", "NIQE", ours.frechet].includes(score);

/** Scores from 0 to 1, of which differences matter. */
const isShare = (score: string) => [ours.precision, ours.recall, "precision", "recall"].includes(score);

/** The least difference of shares: two of a hundred images. */
const LEAST_SHARE = 0.02;

/**
 * Whether the first run has the better score. The difference has to exceed what seeds alone exceed once in twenty times, by
 * the spread between the seeds in these results; where there are too few of them, the margin of the scale. It has to exceed 5 % in
 * any case.
 *
 * @param whole that margin, as a part of the score
 */
export function better(
  results: Results,
  scale: Scale,
  score: string,
  a: string,
  b: string,
  whole = SCORE_MARGIN[scale],
): Judgement {
  const missing = [a, b].filter((label) => valuesOf(results, label, score).length === 0);
  if (missing.length > 0) return undecided(`${score}: no number of ${missing.join(", ")}`);
  const of = isShare(score) ? (value: number) => value : (value: number) => Math.log(Math.max(value, 1e-9));
  const [x, y] = [a, b].map((label) => valuesOf(results, label, score).map(of));
  const measured = leastDifference(spreadOf(results, score, of), x.length, y.length);
  const least = isShare(score) ? LEAST_SHARE : Math.log(1 + MARGIN.score);
  const usual = isShare(score) ? whole * Math.max(Math.abs(mean(y)), LEAST_SHARE) : -Math.log(1 - whole);
  const margin = Math.max(least, measured ?? usual);
  const text = (label: string, values: readonly number[]) =>
    `${label} ${three(meanScore(results, label, score)!)}${values.length > 1 ? ` (${values.length} seeds)` : ""}`;
  const part = isShare(score) ? three(margin) : `${Math.round(100 * (Math.exp(margin) - 1))} %`;
  const why = measured === undefined ? "" : " by the spread of seeds";
  const numbers = `${score}: ${text(a, x)}, ${text(b, y)}`;
  const gain = (isDistance(score) ? -1 : 1) * (mean(x) - mean(y));
  if (!(Math.abs(gain) > margin)) return undecided(`${numbers} (they have to differ by ${part}${why})`);
  return { verdict: gain > 0 ? "holds" : "fails", numbers };
}

/** Whether the first set of samples is closer to the data than the second, even if neither shows images yet. */
export const nearer = (results: Results, scale: Scale, a: string, b: string): Judgement =>
  better(results, scale, frechetOf(results, [a, b]), a, b);

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
    ["precision", ours.precision].some((name) => (meanScore(results, label, name) ?? 1) < FEW),
  );
  if (early.length === 0) return judged;
  return notHere(`Too short for ${early.join(", ")}: almost none of its samples are among the data`, judged);
}
