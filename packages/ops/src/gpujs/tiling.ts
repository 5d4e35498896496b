// Which products get a tiled kernel, with tiles of which size, and into how many sums k is cut.
import { count, type Product, type TileSize, type Tiling } from "./product.js";

/**
 * How "webgpu" computes matrix products and convolutions: "auto" by tiled kernels of workgroup memory where their shape
 * gains from it, "plain" by GPU.js alone, or every one of them by tiles of one size with k cut into up to `parts` sums.
 */
export type Products = "auto" | "plain" | { readonly tile: TileSize; readonly parts: number };

export const TILES: readonly TileSize[] = [32, 64];

/** Workgroups that keep a large GPU busy, which has about as many multiprocessors. */
const BUSY = 128;
/** The shortest part of k that pays for writing its sum and reading it again. */
const LONG = 256;
/** A tiled kernel loads a number about 40 times less often, but tiles may be mostly margin: up to this much arithmetic. */
const MOST_WASTE = 8;
/** The most numbers of an array that a kernel of GPU.js can tell apart, since it computes indices in float32. */
export const MOST_NUMBERS = 2 ** 24;
/** WebGPU's limit of workgroups along an axis. */
const MOST_GROUPS = 65_535;

/** How many steps of k a tile holds: 64 blocks of 4 x 4 numbers, one for each thread of its workgroup. */
export const depthOf = (tile: TileSize): number => 1024 / tile;

/** How much of k each part adds up; the parts begin at multiples of four. */
export const partLength = (k: number, parts: number): number => 4 * Math.ceil(k / parts / 4);

/** Workgroups along columns, rows, and matrices with their parts. */
export const groupsOf = (
  { m, n, batches }: Product,
  { tile, parts }: Tiling,
): [columns: number, rows: number, matrices: number] => [
  Math.ceil(n / tile),
  Math.ceil(m / tile),
  count(batches) * parts,
];

/** The tiling of a product; undefined where the plain kernel is to do it. `large`: that cannot index its arrays. */
export function tilingOf(p: Product, products: Products, large: boolean): Tiling | undefined {
  if (p.tiling) return p.tiling;
  if (products === "plain") return undefined;
  const tiling = products === "auto" ? byShape(p, large) : { ...products, parts: atMost(p, products.parts) };
  return tiling && groupsOf(p, tiling).every((n) => n <= MOST_GROUPS) ? tiling : undefined;
}

/** A number of parts that k has, and whose sums GPU.js can add up. */
function atMost({ m, n, k, batches }: Product, parts: number): number {
  const wanted = Math.max(1, Math.min(parts, Math.floor(MOST_NUMBERS / (m * n * count(batches)))));
  return Math.ceil(k / partLength(k, wanted));
}

function byShape(p: Product, large: boolean): Tiling | undefined {
  const { m, n, k, batches } = p;
  const groups = (tile: TileSize) => count(groupsOf(p, { tile, parts: 1 }));
  const arithmetic = (tile: TileSize) =>
    groups(tile) * tile ** 2 * depthOf(tile) * Math.ceil(k / depthOf(tile));
  if (arithmetic(32) > MOST_WASTE * m * n * k * count(batches) && !large) return undefined;
  const most = Math.max(1, Math.floor(k / LONG));
  const tile = arithmetic(64) <= 1.5 * arithmetic(32) && groups(64) * most >= BUSY ? 64 : 32;
  return { tile, parts: atMost(p, Math.min(most, Math.ceil(BUSY / groups(tile)))) };
}
