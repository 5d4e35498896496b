// Strips along training: the first samples of each preview grid that a run left, one after the other.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { imageRows } from "@imagefn/base";
import { readImage } from "@imagefn/datasets";
import { enlargement, openRunFolder } from "@imagefn/runs";
import { type FigureRow, figureOfRows } from "../../figure/rows.js";
import type { Figure } from "../experiment.js";
import type { Subject } from "../lab.js";
import { pictureRow } from "./pictures.js";

/** Moments of a strip at most, and noises that are followed. */
const MOMENTS = 8;
const NOISES = 2;
/** Pixels between the images of a grid, as `sheet` leaves them. */
const PADDING = 2;

export interface StripsOptions {
  readonly name: string;
  readonly caption: string;
  /** Which contenders; all if left out. */
  wanted?(subject: Subject): boolean;
}

/** Two samples of each contender along its training, from left to right. */
export const stripsFigure = ({ name, caption, wanted }: StripsOptions): Figure => ({
  name,
  caption,
  async draw({ subjects }) {
    const rows: FigureRow[] = [];
    for (const subject of subjects.filter((one) => wanted?.(one) ?? true)) {
      const row = await strip(subject);
      if (row) rows.push(row);
    }
    return rows.length > 0 ? figureOfRows(rows) : undefined;
  },
});

async function strip({ contender, config, folder }: Subject): Promise<FigureRow | undefined> {
  const { size } = config.data;
  const samples = openRunFolder(folder).samples;
  const final = join(samples, `${size}x${size}.png`);
  const previews = readdirSync(samples)
    .filter((name) => /^preview-\d+\.png$/.test(name))
    .sort()
    .map((name) => ({ path: join(samples, name), scale: enlargement(size) }));
  const all = [...evenly(previews, MOMENTS - 1), ...(existsSync(final) ? [{ path: final, scale: 1 }] : [])];
  if (all.length === 0) return undefined;
  const moments: Uint8Array[][] = [];
  for (const { path, scale } of all) moments.push(await firstTiles(path, size, scale, config.sample.count));
  const noises = Math.min(...moments.map((tiles) => tiles.length));
  const images = Array.from({ length: noises }, (_, noise) => moments.map((tiles) => tiles[noise]))
    .flat()
    .map((bytes) => imageRows(bytes, { width: size, height: size }));
  const scale = Math.max(1, Math.floor(64 / size));
  return pictureRow(contender.label, all.length > 1 ? `${all.length} moments` : "the end", images, {
    width: size,
    height: size,
    scale,
    columns: moments.length,
  });
}

/** So many of a list, the first and the last among them. */
function evenly<T>(list: readonly T[], most: number): T[] {
  if (list.length <= most) return [...list];
  return Array.from({ length: most }, (_, i) => list[Math.round((i * (list.length - 1)) / (most - 1))]);
}

/** The first images of a grid, bytes [size, size, 3]. */
async function firstTiles(path: string, size: number, scale: number, count: number): Promise<Uint8Array[]> {
  const { width, data, height } = await readImage(path);
  const columns = Math.ceil(Math.sqrt(count));
  return Array.from({ length: Math.min(NOISES, count, columns) }, (_, tile) => {
    const bytes = new Uint8Array(size * size * 3);
    const left = PADDING + tile * (size + PADDING);
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++)
        for (let c = 0; c < 3; c++)
          bytes[(y * size + x) * 3 + c] =
            data[c * width * height + (PADDING + y) * scale * width + (left + x) * scale];
    return bytes;
  });
}
