// A product of two matrices as a kernel sees it: where each number of its factors and of its result lies. Convolutions and
// their gradients are such products too, of which one factor is never written down: a pixel is read where a window puts it.

/** One digit of an index that counts several axes, outermost first: how far apart its neighbours lie in the array. */
export interface Digit {
  readonly size: number;
  readonly step: number;
}

/** A coordinate of an image, `line digit * byLine + k digit * byK + shift`, where there are zeros around the image. */
export interface Window {
  /** Which digit of the line, and which of k. */
  readonly line: number;
  readonly k: number;
  readonly byLine: number;
  readonly byK: number;
  readonly shift: number;
  /** Only each so manieth coordinate is a pixel, the others are zeros. */
  readonly divisor: number;
  /** Pixels along this axis, and how far apart they lie in the array. */
  readonly size: number;
  readonly step: number;
}

/** Numbers of the result along each side of a tile. */
export type TileSize = 32 | 64;

/** The size of tiles, and into how many sums k is cut, each a result of its own, one after another. */
export interface Tiling {
  readonly tile: TileSize;
  readonly parts: number;
}

/** A factor: a matrix of `lines` (rows of the first, columns of the second) by k. */
export interface Factor {
  /** Which of the op's inputs it is. */
  readonly input: number;
  readonly start: number;
  /** From one matrix of the batch to the next, along each axis of the batch. */
  readonly batches: readonly number[];
  readonly lines: readonly Digit[];
  readonly ks: readonly Digit[];
  readonly windows?: readonly Window[];
}

/** alpha A B + bias: [m, k] by [k, n], for each matrix of a batch. */
export interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly alpha: number;
  /** Sizes of the batch's axes, outermost first. */
  readonly batches: readonly number[];
  readonly a: Factor;
  readonly b: Factor;
  /** A number for each line of a factor. */
  readonly bias?: {
    readonly input: number;
    readonly of: "a" | "b";
    readonly start: number;
    readonly step: number;
  };
  /** Where the numbers of a row of the result lie, and how far apart rows do; matrices lie one after another. */
  readonly columns: readonly Digit[];
  readonly row: number;
  /** How it is tiled, where that is settled. */
  readonly tiling?: Tiling;
}

/** Numbers of the axes together. */
export const count = (sizes: readonly number[]): number => sizes.reduce((n, d) => n * d, 1);

/** Multiply-adds of the whole product. */
export const multiplyAdds = ({ m, n, k, batches }: Product): number => m * n * k * count(batches);
