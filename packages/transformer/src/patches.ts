// Images as tokens: patches, their embedding and their positions (DiT, Peebles & Xie 2023).
import {
  add,
  constant,
  type HostArray,
  initLinear,
  type Linear,
  linear,
  type Random,
  reshape,
  type Tensor,
  transpose,
} from "@imagefn/ops";

/**
 * x [batch, c, h, w] -> [batch, (h/p) (w/p), c p p]: tokens row by row, each (channel, row, column).
 * @throws if p does not divide the image.
 */
export function patchify(x: Tensor, p: number): Tensor {
  const [b, c, h, w] = x.shape;
  const n = patchCount([h, w], p);
  const cells = transpose(reshape(x, [b, c, h / p, p, w / p, p]), [0, 2, 4, 1, 3, 5]);
  return reshape(cells, [b, n, c * p * p]);
}

/**
 * tokens [batch, (h/p) (w/p), p p c], row by row and each (row, column, channel), -> images [batch, c, h, w].
 * The order within a token is that of DiT's and U-ViT's last layers, and not that of `patchify`.
 * @throws if p does not divide the image.
 */
export function unpatchify(tokens: Tensor, p: number, [h, w]: readonly [number, number]): Tensor {
  const [b, , width] = tokens.shape;
  const c = width / (p * p);
  patchCount([h, w], p);
  const cells = reshape(tokens, [b, h / p, w / p, p, p, c]);
  return reshape(transpose(cells, [0, 5, 1, 3, 2, 4]), [b, c, h, w]);
}

/** Number of patches of side p in an image. @throws if p does not divide it. */
export function patchCount([h, w]: readonly [number, number], p: number): number {
  if (h % p !== 0 || w % p !== 0)
    throw new Error(
      `transformer: an image has whole patches (got ${h} x ${w} pixels, expected multiples of ${p})`,
    );
  return (h / p) * (w / p);
}

/** A convolution of kernel p and stride p as a linear map of patches: Xavier uniform, bias 0. */
export const initPatchEmbedding = (
  random: Random,
  { patch, dim }: { patch: number; dim: number },
): Linear<HostArray> => initLinear(random, 3 * patch * patch, dim, { init: "xavier" });

/**
 * Tokens with their positions: x [batch, 3, h, w] -> [batch, (h/p) (w/p), dim].
 * @param positions learned ones [(h/p) (w/p), dim]; `sinCosPositions` if left out
 * @throws if p does not divide the image, or the positions are for another number of patches.
 */
export function patchEmbedding(params: Linear, x: Tensor, patch: number, positions?: Tensor): Tensor {
  const [, , h, w] = x.shape;
  const tokens = linear(params, patchify(x, patch));
  if (positions && positions.shape[0] !== tokens.shape[1])
    throw new Error(
      `transformer: learned positions are for one image size (got ${tokens.shape[1]} patches, expected ${positions.shape[0]})`,
    );
  return add(tokens, positions ?? sinCosPositions(h / patch, w / patch, tokens.shape[2]));
}

/**
 * Fixed two-dimensional positions [rows * columns, dim]: for the cell (row, column)
 * [sin(column w), cos(column w), sin(row w), cos(row w)], w_j = 10000^(-4 j / dim). Column first, as in DiT.
 */
export const sinCosPositions = (rows: number, columns: number, dim: number): Tensor =>
  constant(sinCosTable(rows, columns, dim));

/** The numbers of `sinCosPositions`. */
export function sinCosTable(rows: number, columns: number, dim: number): HostArray {
  if (dim % 4 !== 0) throw new Error(`transformer: positions need a width divisible by 4 (got ${dim})`);
  const q = dim / 4;
  const data = new Float32Array(rows * columns * dim);
  for (let cell = 0; cell < rows * columns; cell++) {
    const row = Math.floor(cell / columns);
    const column = cell % columns;
    for (let j = 0; j < q; j++) {
      const w = 10000 ** (-j / q);
      data[cell * dim + j] = Math.sin(column * w);
      data[cell * dim + q + j] = Math.cos(column * w);
      data[cell * dim + 2 * q + j] = Math.sin(row * w);
      data[cell * dim + 3 * q + j] = Math.cos(row * w);
    }
  }
  return { shape: [rows * columns, dim], data };
}
