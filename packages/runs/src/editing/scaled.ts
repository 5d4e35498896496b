// Pictures and masks at another size: means of areas where they shrink, straight lines between pixels where they grow.
import type { Size } from "../size.js";

/** A picture's pixels that make one of another size, along one axis, with weights that sum to 1. */
type Taps = readonly { readonly at: number; readonly weight: number }[];

/** Of each of `to` pixels, those of the `from` pixels that it is made of. None reaches beyond its own area when shrinking. */
function tapsOf(from: number, to: number): Taps[] {
  const each = from / to;
  return Array.from({ length: to }, (_, i) => {
    const taps: { at: number; weight: number }[] = [];
    if (to <= from) {
      const [begin, end] = [i * each, (i + 1) * each];
      for (let at = Math.floor(begin); at < end; at++)
        taps.push({ at, weight: (Math.min(at + 1, end) - Math.max(at, begin)) / each });
    } else {
      const centre = Math.min(Math.max((i + 0.5) * each - 0.5, 0), from - 1);
      const at = Math.floor(centre);
      taps.push({ at, weight: at + 1 - centre }, { at: at + 1, weight: centre - at });
    }
    // What only rounding adds is no part of the pixel.
    return taps.filter(({ weight }) => weight > 1e-9);
  });
}

/** A picture [3, height, width] at another size. */
export function scaledPicture(picture: Float32Array, from: Size, to: Size): Float32Array {
  const [width, height] = from;
  if (width === to[0] && height === to[1]) return picture;
  const [across, down] = [tapsOf(width, to[0]), tapsOf(height, to[1])];
  const out = new Float32Array(3 * to[0] * to[1]);
  let next = 0;
  for (let channel = 0; channel < 3; channel++)
    for (const rows of down)
      for (const columns of across) {
        let sum = 0;
        for (const row of rows)
          for (const column of columns)
            sum += row.weight * column.weight * picture[(channel * height + row.at) * width + column.at];
        out[next++] = sum;
      }
  return out;
}

/** A mask [height, width] at another size: 1 wherever a pixel that is not 0 takes part, so that nothing of it shows. */
export function scaledMask(mask: Uint8Array, from: Size, to: Size): Uint8Array {
  const [width, height] = from;
  if (width === to[0] && height === to[1]) return mask;
  const [across, down] = [tapsOf(width, to[0]), tapsOf(height, to[1])];
  const out = new Uint8Array(to[0] * to[1]);
  let next = 0;
  for (const rows of down)
    for (const columns of across) {
      const hidden = rows.some((row) => columns.some((column) => mask[row.at * width + column.at] !== 0));
      out[next++] = hidden ? 1 : 0;
    }
  return out;
}
