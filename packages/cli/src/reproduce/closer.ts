// Which of two runs makes samples that are closer to the data.
import { type Judgement, lower, SCORE_MARGIN } from "./judge.js";
import { ours, type Results, scoreOf } from "./measured.js";
import type { Scale } from "./scales.js";

/** The distance that all of them have: FID where its weights are here, and else the one over nsfwjs. */
export function frechetOf(results: Results, labels: readonly string[]): string {
  return labels.every((label) => scoreOf(results, label, "FID") !== undefined) ? "FID" : ours.frechet;
}

/** Whether the first is closer to the data than the second. */
export function closer(results: Results, scale: Scale, a: string, b: string): Judgement {
  const score = frechetOf(results, [a, b]);
  const named = (name: string) => ({ name, value: scoreOf(results, name, score) });
  return lower(score, named(a), named(b), SCORE_MARGIN[scale]);
}
