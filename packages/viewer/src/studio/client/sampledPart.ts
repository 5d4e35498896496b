// Which weights of a training samples are made with.
import type { PageRun } from "@imagefn/runs/pages";

/** The part of a trainer's state: an average, or the online weights. */
export function sampledPart({ sample, train }: PageRun["config"]): string {
  const average = sample.ema === "online" ? -1 : train.emaRates.indexOf(sample.ema);
  return average < 0 ? "params" : `emas.${average}`;
}
