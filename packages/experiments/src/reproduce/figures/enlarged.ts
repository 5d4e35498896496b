// Functions drawn at a size, above the same functions drawn at half of it and enlarged bilinearly.

import { imageRows } from "@imagefn/base";
import { isFunction } from "@imagefn/runs";
import { type FigureRow, figureOfRows } from "../../figure/rows.js";
import type { Figure } from "../experiment.js";
import type { Scale } from "../names.js";
import { bilinear, channel } from "../planes.js";
import { drawnBytes, firstSamples } from "../samples.js";
import { pictureRow } from "./pictures.js";

export interface EnlargedOptions {
  readonly name: string;
  readonly caption: string;
  side(scale: Scale): number;
  readonly count: number;
}

/** Two rows for each contender that makes functions. */
export const enlargedFigure = ({ name, caption, side: sideOf, count }: EnlargedOptions): Figure => ({
  name,
  caption,
  async draw({ lab, subjects }) {
    const side = sideOf(lab.scale);
    const rows: FigureRow[] = [];
    for (const subject of subjects) {
      const samples = (await firstSamples(lab.engine, subject, count)).filter(isFunction);
      const ways: [string, Uint8Array[]][] = [
        [`drawn at ${side}`, []],
        [`enlarged from ${side / 2}`, []],
      ];
      for (const one of samples) {
        ways[0][1].push(await drawnBytes(lab.engine, one, [side, side]));
        ways[1][1].push(twice(await drawnBytes(lab.engine, one, [side / 2, side / 2]), side / 2));
      }
      const size = { width: side, height: side, scale: Math.max(1, Math.floor(128 / side)) };
      for (const [way, images] of ways)
        rows.push(
          await pictureRow(
            `trained at ${subject.config.data.size}`,
            way,
            images.map((bytes) => imageRows(bytes, size)),
            size,
          ),
        );
    }
    return rows.length > 0 ? figureOfRows(rows) : undefined;
  },
});

/** Bytes [side, side, 3] at twice the size. */
function twice(bytes: Uint8Array, side: number): Uint8Array {
  const out = new Uint8Array(4 * bytes.length);
  for (let c = 0; c < 3; c++)
    bilinear(channel(bytes, side, c), 2).data.forEach((value, p) => {
      out[3 * p + c] = Math.round(value);
    });
  return out;
}
