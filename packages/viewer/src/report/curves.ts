// The curves of a report: values of the log along the steps of a run, thinned out to keep the page small.
import { type Phase, type Point, type Points, stepInAll } from "./points.js";

/** One line in a chart; null where it has no value. */
export interface Line {
  readonly phase: Phase;
  /** Whether it is a moving mean, drawn over the line it is the mean of. */
  readonly mean: boolean;
  readonly values: readonly (number | null)[];
}

/** One chart. */
export interface Curve {
  /** The name in the log. */
  readonly id: string;
  /** Steps over both phases, ascending. */
  readonly steps: readonly number[];
  readonly lines: readonly Line[];
}

/** What a chart shows, and how. */
export interface Chart {
  readonly id: string;
  readonly title: string;
  /** Whether the axis is logarithmic at first. */
  readonly log: boolean;
  /** Whether values hold until the next one. */
  readonly steps?: boolean;
}

/** The charts of a report, in order; those without values are left out. */
export const charts: readonly Chart[] = [
  { id: "loss", title: "Loss", log: true },
  { id: "N", title: "N(k), sub-intervals of the noise grid", log: false, steps: true },
  { id: "learningRate", title: "Learning rate", log: false },
  {
    id: "gradientNorm",
    title: "Gradient norm",
    log: true,
  },
  {
    id: "denoisingDistance",
    title: "Total denoising distance",
    log: false,
  },
];

/** Most points of a chart: more than a screen has columns. */
const MOST = 2000;
/** Window of the moving mean, as a share of a phase's points. */
const MEAN_OVER = 0.03;
/** No mean is drawn for fewer points than this. */
const MEAN_FROM = 60;

/** The curves of a run that have values. Only the loss, which jumps with the noise levels, gets a mean. */
export function curvesOf(run: Points): Curve[] {
  return charts.flatMap(({ id }) => {
    const own = run.points.filter(({ values }) => values[id] !== undefined);
    return own.length === 0 ? [] : [alongAll(curve(id, own, run.pretrainSteps), run)];
  });
}

function curve(id: string, points: readonly Point[], pretrainSteps: number): Curve {
  const phases = (["pretrain", "train"] as const).map((phase) => {
    const own = points.filter((point) => point.phase === phase);
    const values = own.map((point) => point.values[id]);
    const mean = id === "loss" && values.length >= MEAN_FROM ? movingMean(values, MEAN_OVER) : undefined;
    // Each phase gets its share of the points, so that a short one is not lost.
    const kept = thinned(values, Math.max(40, Math.floor((MOST * own.length) / points.length)));
    return { phase, own, values, mean, kept };
  });
  const steps = phases.flatMap(({ own, kept }) => kept.map((i) => stepInAll(own[i], pretrainSteps)));
  const [before, after] = phases.map(({ kept }) => kept.map(() => null));
  const padded = (phase: Phase, values: number[]) =>
    phase === "pretrain" ? [...values, ...after] : [...before, ...values];
  const lines = phases.flatMap(({ phase, values, mean, kept }): Line[] => {
    if (kept.length === 0) return [];
    const of = (all: readonly number[]) =>
      padded(
        phase,
        kept.map((i) => Number(all[i].toPrecision(5))),
      );
    const raw = { phase, mean: false, values: of(values) };
    return mean ? [raw, { phase, mean: true, values: of(mean) }] : [raw];
  });
  return { id, steps, lines };
}

/** The curve with the first and the last step of the run, so that all charts are of the same steps. */
function alongAll({ id, steps, lines }: Curve, { points, pretrainSteps }: Points): Curve {
  const [first, last] = [points[0], points[points.length - 1]].map((point) =>
    stepInAll(point, pretrainSteps),
  );
  const before = first < steps[0] ? 1 : 0;
  const after = last > steps[steps.length - 1] ? 1 : 0;
  const padded = <T>(values: readonly T[], start: T, end: T): T[] => [
    ...Array<T>(before).fill(start),
    ...values,
    ...Array<T>(after).fill(end),
  ];
  return {
    id,
    steps: padded(steps, first, last),
    lines: lines.map((line) => ({ ...line, values: padded<number | null>(line.values, null, null) })),
  };
}

/** Indices of at most about `most` values: the smallest and largest of each part, so that no peak is lost. */
function thinned(values: readonly number[], most: number): number[] {
  if (values.length <= most) return values.map((_, i) => i);
  const parts = Math.floor(most / 2);
  const kept = new Set([0]);
  for (let part = 0; part < parts; part++) {
    const start = Math.floor((part * values.length) / parts);
    const end = Math.floor(((part + 1) * values.length) / parts);
    let [least, greatest] = [start, start];
    for (let i = start; i < end; i++) {
      if (values[i] < values[least]) least = i;
      if (values[i] > values[greatest]) greatest = i;
    }
    kept.add(least).add(greatest);
  }
  return [...kept.add(values.length - 1)].sort((a, b) => a - b);
}

/** Means over a window centred on each value, cut off at the ends. */
function movingMean(values: readonly number[], share: number): number[] {
  const half = Math.max(1, Math.round((values.length * share) / 2));
  const sums = [0];
  for (const value of values) sums.push(sums[sums.length - 1] + value);
  return values.map((_, i) => {
    const [from, to] = [Math.max(0, i - half), Math.min(values.length, i + half + 1)];
    return (sums[to] - sums[from]) / (to - from);
  });
}
