// Pictures as a square sheet on a canvas.
import type { Images, Sheet } from "../about.js";

/** Pictures in a row. */
const ACROSS = 4;
const GAP = 2;

/** Draws a sheet at its own size; the page's style enlarges it. */
export function drawSheet(canvas: HTMLCanvasElement, { side, pictures }: Sheet): void {
  const whole = ACROSS * side + (ACROSS - 1) * GAP;
  canvas.width = canvas.height = whole;
  const context = canvas.getContext("2d")!;
  pictures.slice(0, ACROSS * ACROSS).forEach((data, i) => {
    const [x, y] = [i % ACROSS, Math.floor(i / ACROSS)];
    const image = new ImageData(data as Uint8ClampedArray<ArrayBuffer>, side, side);
    context.putImageData(image, x * (side + GAP), y * (side + GAP));
  });
}

/** Empties a canvas. */
export function clearSheet(canvas: HTMLCanvasElement): void {
  canvas.width = canvas.height = 1;
}

/** The first training images as a sheet. */
export function sheetOf({ bytes, count }: Images): Sheet {
  const area = bytes.length / count / 3;
  const shown = Math.min(count, ACROSS * ACROSS);
  const pictures = Array.from({ length: shown }, (_, i) => {
    const rgba = new Uint8ClampedArray(4 * area).fill(255);
    for (let p = 0; p < area; p++)
      for (let c = 0; c < 3; c++) rgba[4 * p + c] = bytes[(3 * i + c) * area + p];
    return rgba;
  });
  return { side: Math.sqrt(area), pictures };
}
