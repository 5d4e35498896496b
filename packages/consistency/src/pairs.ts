// The images and the noise of step k, paired.
import type { Random } from "@imagefn/ops";
import { optimalCoupling } from "./coupling.js";
import { type Batch, batchOf, type Data, shareOf } from "./data.js";
import type { Generator } from "./generator.js";
import { cut, type Share } from "./ranks.js";
import type { TrainSettings } from "./settings.js";

interface PairsOptions {
  readonly data: Data;
  readonly noise: Random;
  readonly batch: number;
  readonly generator: Generator;
  readonly coupling: TrainSettings["coupling"];
  readonly couplingPool: number;
  readonly crops?: boolean;
}

interface Pairs extends Batch {
  /** As `images`. */
  readonly noise: Float32Array;
}

/** N(0,1) numbers for samples first .. first + batch - 1, each from its own index. */
export function perSample(noise: Random, batch: number, first: number, n: number): Float32Array {
  const out = new Float32Array(batch * n);
  for (let b = 0; b < batch; b++) noise.normal(n, first + b, out.subarray(b * n, (b + 1) * n));
  return out;
}

/**
 * A function of the step and the share of its batch alone, so that a resumed run draws the same pairs, and several processes
 * draw together what one would.
 */
export function pairs({
  data,
  noise,
  batch,
  generator,
  coupling,
  couplingPool,
  crops,
}: PairsOptions): (k: number, share: Share) => Promise<Pairs> {
  const n = generator.shape.reduce((a, b) => a * b, 1);
  const draw = async (k: number, share: Share): Promise<Pairs> => ({
    ...(await batchOf(data, generator, { batch, k, share, crops })),
    noise: perSample(noise, share.count, k * batch + share.first, n),
  });
  if (coupling !== "optimal-transport") return draw;

  const poolsOf = poolsWith(batch, couplingPool);
  let pools = new Map<string, readonly Pairs[]>();
  return async (k, share) => {
    // Those of the last share are all that another one may need.
    const own = new Map<string, readonly Pairs[]>();
    const parts: Pairs[] = [];
    for (const pool of poolsOf(k, share)) {
      const key = `${pool[0].k} ${pool[0].first}`;
      const paired =
        pools.get(key) ?? couple(await Promise.all(pool.map(({ k, ...of }) => draw(k, of))), generator.shape);
      own.set(key, paired);
      const at = pool.findIndex((of) => of.k === k);
      parts.push(overlap(paired[at], pool[at], share, n));
    }
    pools = own;
    return joined(parts);
  };
}

/** A part of the batch of step k. */
interface Piece extends Share {
  readonly k: number;
}

/**
 * The pools that a share of the batch of step k is in, each as the parts of batches that it consists of: some whole batches, or
 * a part of one. Large batches are parted, since the search takes the third power of a pool's size, and since several
 * processes then search in their own parts alone.
 */
function poolsWith(batch: number, size: number): (k: number, share: Share) => Piece[][] {
  const steps = Math.ceil(size / batch);
  const parts = Math.max(1, Math.floor(batch / size));
  if (parts === 1)
    return (k) => {
      const first = Math.floor(k / steps) * steps;
      return [Array.from({ length: steps }, (_, i) => ({ k: first + i, first: 0, count: batch }))];
    };
  const from = (part: number) => Math.floor((part * batch) / parts);
  const all = Array.from({ length: parts }, (_, i) => ({ first: from(i), count: from(i + 1) - from(i) }));
  return (k, { first, count }) =>
    all
      .filter((part) => part.first < first + count && part.first + part.count > first)
      .map((part) => [{ k, ...part }]);
}

/** The parts of a pool with their noise paired anew. */
function couple(parts: readonly Pairs[], shape: readonly number[]): readonly Pairs[] {
  const n = shape.reduce((a, b) => a * b, 1);
  const { images, noise, labels } = joined(parts);
  const partner = optimalCoupling(images, noise, shape, labels);
  let at = 0;
  return parts.map((part) => {
    const own = new Float32Array(part.noise.length);
    for (let i = 0; i < own.length; i += n) {
      const from = partner[at++] * n;
      own.set(noise.subarray(from, from + n), i);
    }
    return { ...part, noise: own };
  });
}

/** What of a part of a batch is in a share of it. */
function overlap({ noise, ...batch }: Pairs, part: Share, share: Share, n: number): Pairs {
  const first = Math.max(share.first, part.first);
  const count = Math.min(share.first + share.count, part.first + part.count) - first;
  const both = { first: first - part.first, count };
  return { ...shareOf(batch, both, n), noise: cut(noise, both, n) };
}

/** One after another. */
function joined(parts: readonly Pairs[]): Pairs {
  if (parts.length === 1) return parts[0];
  const all = (of: (part: Pairs) => Float32Array) => concatenate(parts.map(of));
  return {
    images: all(({ images }) => images),
    noise: all(({ noise }) => noise),
    ...(parts[0].labels ? { labels: all(({ labels }) => labels!) } : {}),
    ...(parts[0].crops ? { crops: all(({ crops }) => crops!), places: all(({ places }) => places!) } : {}),
  };
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}
