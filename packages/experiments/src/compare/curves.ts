// The loss curves of a comparison.

import type { LogEntry } from "@imagefn/runs";
import type { TopLevelSpec } from "vega-lite";

/** The loss of each run's consistency training against its share of the steps, as a Vega-Lite description. */
export function lossCurves(runs: readonly { label: string; log: readonly LogEntry[] }[]): TopLevelSpec {
  const values = runs.flatMap(({ label, log }) =>
    smooth(
      log.filter((line) => line.phase === "train" && Number(line.loss) > 0) as {
        step: number;
        loss: number;
      }[],
    ).map(({ step, loss }) => ({ generator: label, step, loss })),
  );
  return {
    width: 560,
    height: 300,
    data: { values },
    mark: { type: "line", clip: true },
    encoding: {
      x: { field: "step", type: "quantitative", title: "training step" },
      y: { field: "loss", type: "quantitative", scale: { type: "log", nice: false }, title: "loss" },
      color: { field: "generator", type: "nominal", title: null, sort: runs.map(({ label }) => label) },
    },
  };
}

/** Means over about a hundred parts: single losses jump with the noise levels they are of. */
function smooth<T extends { step: number; loss: number }>(lines: readonly T[]) {
  const size = Math.max(1, Math.ceil(lines.length / 100));
  const mean = (part: readonly T[], of: (line: T) => number) =>
    part.reduce((sum, line) => sum + of(line), 0) / part.length;
  return Array.from({ length: Math.ceil(lines.length / size) }, (_, i) => {
    const part = lines.slice(i * size, (i + 1) * size);
    return { step: mean(part, (line) => line.step), loss: mean(part, (line) => line.loss) };
  });
}
