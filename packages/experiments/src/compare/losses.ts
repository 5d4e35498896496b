// The loss curve of a run's log.
import type { LogEntry } from "@imagefn/runs";
import type { CurvePoint } from "../figure/curves.js";
import { mean } from "../numbers.js";

/** Points of a curve at most: single losses jump with their noise levels. */
const POINTS = 100;

/** Losses of consistency training, as means over equal numbers of log lines. */
export function losses(log: readonly LogEntry[]): CurvePoint[] {
  const lines = log.filter(({ phase, loss }) => phase === "train" && Number(loss) > 0);
  const size = Math.max(1, Math.ceil(lines.length / POINTS));
  return Array.from({ length: Math.ceil(lines.length / size) }, (_, i) => {
    const part = lines.slice(i * size, (i + 1) * size);
    return {
      step: mean(part.map(({ step }) => Number(step))),
      value: mean(part.map(({ loss }) => Number(loss))),
    };
  });
}
