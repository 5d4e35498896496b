// Curves along training, one line for each run, as a Vega-Lite description.
import type { TopLevelSpec } from "vega-lite";

/** A value at a training step. */
export interface CurvePoint {
  readonly step: number;
  readonly value: number;
}

export interface CurvesOptions {
  /** Title of the vertical axis. */
  readonly y: string;
  /** Whether that axis is logarithmic; values of 0 and below are left out then. */
  readonly log?: boolean;
}

/** The curves in the order of the legend, or undefined where none of them has a point. */
export function curves(
  lines: readonly { readonly label: string; readonly points: readonly CurvePoint[] }[],
  { y, log = false }: CurvesOptions,
): TopLevelSpec | undefined {
  const values = lines.flatMap(({ label, points }) =>
    points.filter(({ value }) => !log || value > 0).map(({ step, value }) => ({ run: label, step, value })),
  );
  if (values.length === 0) return undefined;
  return {
    width: 560,
    height: 300,
    data: { values },
    mark: { type: "line", clip: true, point: values.length < 100 },
    encoding: {
      x: { field: "step", type: "quantitative", title: "training step" },
      y: {
        field: "value",
        type: "quantitative",
        title: y,
        scale: log ? { type: "log", nice: false } : { zero: false },
      },
      color: {
        field: "run",
        type: "nominal",
        title: null,
        sort: lines.map(({ label }) => label),
        // Labels are short: show them in full.
        legend: { labelLimit: 0 },
      },
    },
  };
}
