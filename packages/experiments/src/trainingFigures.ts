// A run's log in figures: its consistency training.
import type { LogEntry } from "@imagefn/runs";
import { mean, median } from "./numbers.js";

/** Figures of a training run. */
export interface TrainingFigures {
  readonly steps: number;
  /** Milliseconds of a training step, the median over the log; NaN without one. */
  readonly msPerStep: number;
  /** Mean over the last tenth of the steps; NaN without one. */
  readonly loss: number;
  /** Of the process that trained, in MiB; undefined where the run did not record it. */
  readonly peakMemoryMiB?: number;
}

/** The figures of a run's consistency training, from its log. */
export function trainingFigures(log: readonly LogEntry[]): TrainingFigures {
  const lines = log.filter(({ phase, loss }) => phase === "train" && typeof loss === "number") as {
    step: number;
    loss: number;
    msPerStep: number;
  }[];
  const steps = lines.at(-1)?.step ?? 0;
  const memory = log.map(({ peakMemoryMiB }) => Number(peakMemoryMiB)).filter(Number.isFinite);
  return {
    steps,
    msPerStep: median(lines.map(({ msPerStep }) => msPerStep)) ?? Number.NaN,
    loss: mean(lines.filter(({ step }) => step >= 0.9 * steps).map(({ loss }) => loss)),
    peakMemoryMiB: memory.length > 0 ? Math.max(...memory) : undefined,
  };
}
