// The finding of a metric of paths through a generator's noise.
import { pathLength } from "../pathLength.js";
import type { Finding } from "./finding.js";
import type { OpenMetric } from "./metrics/record.js";
import type { ImageSource } from "./source.js";

/** How far apart two points of a path are, in shares of the path: Karras et al. 2019. */
const EPSILON = 1e-4;

/** What is measured. */
interface PathRequest {
  readonly samples: ImageSource;
  readonly count: number;
  readonly onProgress: (what: string, done: number, total: number) => void;
}

/** The mean of a distance over epsilon^2, of `count` pairs of pictures, without outliers. */
export async function pathFinding(
  metric: OpenMetric,
  { samples, count, onProgress }: PathRequest,
): Promise<Finding> {
  const distances: number[] = [];
  try {
    for await (const { batch, other } of samples.paths!(count, EPSILON)) {
      distances.push(...Array.from(await metric.values(batch, other)));
      onProgress(metric.name, distances.length, count);
    }
  } finally {
    await metric.dispose?.();
  }
  const { mean: value, std, kept } = pathLength(distances, EPSILON);
  const settings = {
    ...metric.settings,
    epsilon: EPSILON,
    percentiles: [1, 99],
    path: "slerp, from its start",
  };
  return { metric: metric.name, value, std, n: kept, settings };
}
