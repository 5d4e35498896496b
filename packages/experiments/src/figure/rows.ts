// A figure of pictures: rows with a label each.
import { escapeHtml } from "@imagefn/viewer";
import { fontFamily } from "./raster.js";

export interface FigureRow {
  readonly label: string;
  /** Under the label, smaller. */
  readonly note?: string;
  /** A PNG file's bytes, with its size in pixels. */
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
}

const GAP = 8;

/** Room for labels: a letter of 15 pixels is about 9 wide. */
const labelWidth = (rows: readonly FigureRow[]): number =>
  Math.max(130, ...rows.map(({ label }) => 9 * label.length + 2 * GAP));

/** The rows under each other as one SVG drawing, each picture at its own size. */
export function figureOfRows(rows: readonly FigureRow[]): string {
  const left = labelWidth(rows);
  const width = left + Math.max(...rows.map((row) => row.width)) + GAP;
  let y = GAP;
  const parts = rows.map(({ label, note, png, width: w, height: h }) => {
    const middle = y + h / 2;
    const text = (dy: number, size: number, colour: string, content: string) =>
      `<text x="${left - GAP}" y="${middle + dy}" font-size="${size}" fill="${colour}" text-anchor="end">${escapeHtml(content)}</text>`;
    const image = `<image x="${left}" y="${y}" width="${w}" height="${h}" image-rendering="optimizeSpeed" href="data:image/png;base64,${Buffer.from(png).toString("base64")}"/>`;
    y += h + GAP;
    return text(note ? 0 : 5, 15, "#222", label) + (note ? text(17, 11, "#666", note) : "") + image;
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" font-family="${fontFamily}">` +
    `<rect width="100%" height="100%" fill="white"/>${parts.join("")}</svg>`
  );
}
