// The mean of a metric's numbers, with what has to be said beside it.
import type { Finding, Measure } from "./finding.js";

/** The numbers of a metric. */
export interface Numbers {
  readonly metric: string;
  readonly settings: Measure["settings"];
  /** One for each picture or pair. */
  readonly values: readonly number[];
  /** For pairs: how many are equal. */
  readonly equal?: number;
  /** What is known already of what is left out. */
  readonly notes: readonly string[];
}

/** The mean of the finite numbers; a note counts the others, and the pairs that are equal. */
export function summary({ metric, settings, values, equal, notes }: Numbers): Finding {
  const total = values.length;
  const finite = values.filter(Number.isFinite);
  const infinite = values.filter((value) => value === Number.POSITIVE_INFINITY).length;
  if (equal !== undefined && equal === total && infinite === total)
    return { metric, code: "equal", reason: `infinite: ${pairs(equal, total)}` };
  if (finite.length === 0)
    return {
      metric,
      code: "no-value",
      reason: "unavailable: it is infinite or undefined for every one of the pictures",
    };
  // The pairs for which PSNR is infinite are the equal ones.
  const without = equal ? equal === infinite : false;
  const left = total - finite.length - (without ? infinite : 0);
  const note = [
    ...(equal ? [pairs(equal, total) + (without ? ": infinite, and not in the mean" : "")] : []),
    ...(left > 0 ? [`${left} of ${total} pictures have no value, and are not in the mean`] : []),
    ...notes,
  ].join("; ");
  const value = finite.reduce((a, b) => a + b, 0) / finite.length;
  const variance = finite.reduce((sum, v) => sum + (v - value) ** 2, 0) / finite.length;
  return {
    metric,
    value,
    std: Math.sqrt(variance),
    n: finite.length,
    ...(equal === undefined ? {} : { equal }),
    ...(note === "" ? {} : { note }),
    settings,
  };
}

const pairs = (equal: number, total: number): string =>
  equal === total ? `all ${total} pairs are equal` : `${equal} of ${total} pairs are equal`;
