// A run's log in figures: time, memory, losses, and the total denoising distance along training.
import { existsSync } from "node:fs";
import { type LogEntry, openRunFolder, parameterCount, readLog } from "@imagefn/runs";
import type { CurvePoint } from "../../figure/curves.js";
import { median } from "../../numbers.js";
import { trainingFigures } from "../../trainingFigures.js";
import type { Measure } from "../experiment.js";
import type { Training } from "../measured.js";

/** Points of a loss curve. */
const POINTS = 60;

/** Points at which curves are compared: few, since the log of a fast run has one line for many steps and would seem smooth. */
const COARSE = 16;

/** Everything from the log, and the number of parameters. */
export const training: Measure = {
  name: "training",
  seconds: () => 0,
  async measure(subject) {
    const { kind } = subject.config.generator;
    const { log } = openRunFolder(subject.folder);
    return {
      kind,
      size: subject.config.data.size,
      batch: subject.config.train.batch,
      parameters: parameterCount((await subject.trained()).generator),
      training: trainingOf(existsSync(log) ? readLog(log) : []),
    };
  },
};

/** A log in figures. */
export function trainingOf(log: readonly LogEntry[]): Training {
  const all = trainingFigures(log);
  const before = log.filter(({ phase, msPerStep }) => phase === "pretrain" && typeof msPerStep === "number");
  const pretrainSteps = Number(before.at(-1)?.step ?? 0);
  const pretrainMsPerStep = median(before.map(({ msPerStep }) => Number(msPerStep)));
  const pretrainMinutes = pretrainSteps > 0 ? (pretrainSteps * pretrainMsPerStep!) / 60_000 : 0;
  const lines = log.filter(({ phase, loss }) => phase === "train" && Number.isFinite(loss));
  return {
    ...all,
    pretrainSteps,
    pretrainMsPerStep,
    pretrainMinutes,
    minutes: pretrainMinutes + (all.steps * all.msPerStep) / 60_000,
    losses: points(lines, "loss", POINTS),
    roughness: roughness(points(lines, "loss", COARSE)),
    denoising: log.flatMap(({ phase, step, denoisingDistance }) =>
      phase === "train" && Number.isFinite(denoisingDistance)
        ? [{ step: Number(step), value: Number(denoisingDistance) }]
        : [],
    ),
  };
}

/** Means over equal parts of the steps. */
function points(lines: readonly LogEntry[], field: string, count: number): CurvePoint[] {
  const end = Number(lines.at(-1)?.step ?? 0);
  const parts = Array.from({ length: count }, () => ({ steps: 0, sum: 0, step: 0 }));
  let last = 0;
  for (const line of lines) {
    const step = Number(line.step);
    const part = parts[Math.min(count - 1, Math.floor(((step - 1) / end) * count))];
    // A line is the mean over the steps since the one before.
    const steps = Math.max(1, step - last);
    last = step;
    part.steps += steps;
    part.sum += steps * Number(line[field]);
    part.step = step;
  }
  return parts.flatMap(({ steps, sum, step }) => (steps > 0 ? [{ step, value: sum / steps }] : []));
}

/** Root mean square of the steps of ln(value) over the second half of a curve; undefined for less than four points there. */
export function roughness(curve: readonly CurvePoint[]): number | undefined {
  const half = (curve.at(-1)?.step ?? 0) / 2;
  const late = curve.filter(({ step, value }) => step > half && value > 0);
  if (late.length < 4) return undefined;
  const jumps = late.slice(1).map(({ value }, i) => Math.log(value / late[i].value));
  return Math.sqrt(jumps.reduce((sum, jump) => sum + jump * jump, 0) / jumps.length);
}
