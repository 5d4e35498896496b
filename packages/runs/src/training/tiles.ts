// The tiles that held-out images are measured in: as many pixels as a step draws at once.
import { type Dataset, readCrop } from "@imagefn/datasets";

/** A tile of an image. */
export interface Tile {
  readonly image: number;
  /** As a batch of @imagefn/consistency has it. */
  readonly place: readonly [top: number, left: number, height: number, width: number, step: number];
}

/** The tiles of `size` pixels of all images of a set that have this side; image after image, row by row. */
export function tilesOf({ count, size, larger }: Dataset, side: number): Tile[] {
  const per = side / size;
  return Array.from({ length: count }, (_, image) => image).flatMap((image) =>
    side === size || larger?.at(image).side === side
      ? Array.from({ length: per * per }, (_, i): Tile => {
          const [row, column] = [Math.floor(i / per), i % per];
          return { image, place: [row * size, column * size, side, side, 1] };
        })
      : [],
  );
}

/** Tiles of larger images as floats in [-1, 1]: [tiles, 3, size, size]. */
export function readTiles({ size, larger }: Dataset, tiles: readonly Tile[]): Float32Array {
  const n = 3 * size * size;
  const out = new Float32Array(tiles.length * n);
  tiles.forEach(({ image, place: [top, left, whole] }, i) => {
    readCrop(larger!.at(image), { whole, size, top, left }, out.subarray(i * n, (i + 1) * n));
  });
  return out;
}
