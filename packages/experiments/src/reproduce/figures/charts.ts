// Charts of an experiment: curves along training and bars, as Vega-Lite descriptions drawn to SVG.
import type { TopLevelSpec } from "vega-lite";
import { chart } from "../../figure/chart.js";
import { type CurvePoint, type CurvesOptions, curves } from "../../figure/curves.js";
import type { Figure } from "../experiment.js";
import type { Results } from "../measured.js";

export interface CurvesFigureOptions extends CurvesOptions {
  readonly name: string;
  readonly caption: string;
  /** The curve of a contender; none where it is undefined. */
  of(results: Results, label: string): readonly CurvePoint[] | undefined;
}

/** One line for each contender, along the training steps. */
export const curvesFigure = ({ name, caption, y, log, of }: CurvesFigureOptions): Figure => ({
  name,
  caption,
  async draw({ results }) {
    const lines = Object.keys(results).map((label) => ({ label, points: of(results, label) ?? [] }));
    const spec = curves(lines, { y, log });
    return spec && chart(spec);
  },
});

/** One bar of a group. */
export interface Bar {
  /** The group, such as the size. */
  readonly group: string;
  /** What is compared inside it. */
  readonly series: string;
  readonly value: number;
}

export interface BarsOptions {
  readonly name: string;
  readonly caption: string;
  /** Title of each part of the drawing, and its bars. */
  panels(results: Results): readonly { readonly title: string; readonly bars: readonly Bar[] }[];
}

/** Groups of bars, one panel beside the other. */
export const barsFigure = ({ name, caption, panels }: BarsOptions): Figure => ({
  name,
  caption,
  async draw({ results }) {
    const all = panels(results).filter(({ bars }) => bars.length > 0);
    if (all.length === 0) return undefined;
    const spec: TopLevelSpec = {
      hconcat: all.map(({ title, bars }) => ({
        title,
        width: 170,
        height: 200,
        data: { values: [...bars] },
        mark: "bar" as const,
        encoding: {
          x: {
            field: "group",
            type: "nominal" as const,
            title: null,
            axis: { labelAngle: 0 },
            sort: [...new Set(bars.map(({ group }) => group))],
          },
          xOffset: { field: "series" },
          y: { field: "value", type: "quantitative" as const, title: null },
          color: { field: "series", type: "nominal" as const, title: null },
        },
      })),
    };
    return chart(spec);
  },
});
