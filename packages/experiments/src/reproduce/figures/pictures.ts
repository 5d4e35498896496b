// Pictures of an experiment: rows of samples at one or several sizes.

import { type ImageRows, pngBytes, sheet } from "@imagefn/base";
import { drawn, isFunction, type Size } from "@imagefn/runs";
import { type FigureRow, figureOfRows } from "../../figure/rows.js";
import type { Figure } from "../experiment.js";
import type { Subject } from "../lab.js";
import { firstSamples } from "../samples.js";

/** A row of a figure from images of one size. */
export async function pictureRow(
  label: string,
  note: string | undefined,
  images: readonly ImageRows[],
  {
    width,
    height,
    scale = 1,
    columns = images.length,
  }: { width: number; height: number; scale?: number; columns?: number },
): Promise<FigureRow> {
  const whole = sheet(images, { width, height, columns, scale });
  return { label, note, png: await pngBytes(whole, whole.rows), width: whole.width, height: whole.height };
}

export interface SamplesOptions {
  readonly name: string;
  readonly caption: string;
  readonly count: number;
  /** Sizes of a contender, [width, height]; its training size if left out. */
  sizes?(subject: Subject): readonly Size[];
  /** Which contenders; all if left out. */
  wanted?(subject: Subject): boolean;
}

/** The first samples of every contender, a row for each size; small ones are enlarged, each pixel a square. */
export const samplesFigure = ({ name, caption, count, sizes, wanted }: SamplesOptions): Figure => ({
  name,
  caption,
  async draw({ lab, subjects }) {
    const rows: FigureRow[] = [];
    for (const subject of subjects.filter((one) => wanted?.(one) ?? true)) {
      const samples = await firstSamples(lab.engine, subject, count);
      const { size } = subject.config.data;
      for (const [width, height] of sizes?.(subject) ?? [[size, size]]) {
        if (!isFunction(samples[0]) && (width !== size || height !== size)) continue;
        const images = samples.map((one) => drawn(lab.engine, one, [width, height]));
        const scale = Math.max(1, Math.floor(VISIBLE / Math.max(width, height)));
        rows.push(
          await pictureRow(subject.contender.label, `${width} x ${height}`, images, { width, height, scale }),
        );
      }
    }
    return rows.length > 0 ? figureOfRows(rows) : undefined;
  },
});

/** Small pictures are enlarged to about this many pixels a side, so that all rows are about as wide. */
const VISIBLE = 128;
