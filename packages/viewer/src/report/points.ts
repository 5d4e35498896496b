// The log of a run as points along all of its steps: sittings joined, lines of one step merged.
import { isValues, type LogEntry } from "@imagefn/runs";

export type Phase = "pretrain" | "train";

/** What the log holds of one step. */
export interface Point {
  readonly phase: Phase;
  /** Steps done in this phase. */
  readonly step: number;
  /** The numbers of that step by name, such as `loss`; means since the point before. */
  readonly values: Readonly<Record<string, number>>;
}

/** All points of a run, and the length of its first phase, by which the steps of the second are moved. */
export interface Points {
  readonly points: readonly Point[];
  /** Steps of pre-training, as far as the log goes. */
  readonly pretrainSteps: number;
}

/**
 * The points of a log, in order. A resumed run has logged the steps after its checkpoint twice: the later ones count.
 * Lines without a phase or step, and values that are not finite numbers, are left out.
 */
export function pointsOf(entries: readonly LogEntry[]): Points {
  const points: Point[] = [];
  for (const entry of entries) {
    if (!isValues(entry)) continue;
    const { phase, step } = entry;
    if ((phase !== "pretrain" && phase !== "train") || !Number.isSafeInteger(step)) continue;
    const point: Point = { phase, step: step as number, values: numbersOf(entry) };
    while (points.length > 0 && compare(points[points.length - 1], point) > 0) points.pop();
    const last = points.at(-1);
    if (last !== undefined && compare(last, point) === 0)
      points[points.length - 1] = { ...point, values: { ...last.values, ...point.values } };
    else points.push(point);
  }
  return { points, pretrainSteps: points.findLast(({ phase }) => phase === "pretrain")?.step ?? 0 };
}

/** The step over both phases, as the names of checkpoints and previews count. */
export const stepInAll = ({ phase, step }: Point, pretrainSteps: number): number =>
  phase === "train" ? pretrainSteps + step : step;

/** The newest value of a name in a phase. */
export const latest = ({ points }: Points, name: string, phase: Phase = "train"): number | undefined =>
  points.findLast((point) => point.phase === phase && point.values[name] !== undefined)?.values[name];

/** Negative when a comes before b. */
function compare(a: Point, b: Point): number {
  if (a.phase !== b.phase) return a.phase === "pretrain" ? -1 : 1;
  return a.step - b.step;
}

/** The finite numbers of a line except its step. A plain loop: logs have a line for each second of training. */
function numbersOf(entry: LogEntry): Record<string, number> {
  const values: Record<string, number> = {};
  for (const name of Object.keys(entry)) {
    const value = entry[name];
    if (name !== "step" && typeof value === "number" && Number.isFinite(value)) values[name] = value;
  }
  return values;
}
