// Several processes that train one network together, and what each of them has of a batch.

/** A process among several that train together; that of @imagefn/distributed fits. All of them make the same calls. */
export interface Ranks {
  /** Number of this process, 0 .. size - 1. */
  readonly rank: number;
  /** Number of processes. */
  readonly size: number;
  /** Replaces an array by its sum over all processes: the same bits in each of them. */
  sum(values: Float32Array): Promise<void>;
}

/** Samples `first` .. `first + count - 1` of a batch. */
export interface Share {
  readonly first: number;
  readonly count: number;
}

/** How the batches of a trainer are shared out. */
export interface Sharing {
  readonly ranks: Ranks | undefined;
  /** Images per step, of all processes together. */
  readonly batch: number;
  /** Parts that each process computes one after another. */
  readonly accumulate: number;
  /** Steps between two exchanges. */
  readonly averageEvery: number;
}

/** The shares that this process computes of every batch, in order. @throws if they would not be equal */
export function sharesOf({ ranks, batch, accumulate }: Sharing): readonly Share[] {
  const { rank, size } = ranks ?? { rank: 0, size: 1 };
  const count = batch / (size * accumulate);
  if (!Number.isInteger(count))
    throw new Error(
      `consistency: batch is ${batch}: it must be divisible by ${size} processes` +
        `${accumulate > 1 ? ` x ${accumulate} parts (accumulate)` : ""}`,
    );
  return Array.from({ length: accumulate }, (_, i) => ({ first: (rank * accumulate + i) * count, count }));
}

/** A share of an array that holds n numbers for each sample of the batch. */
export const cut = (values: Float32Array, { first, count }: Share, n = 1): Float32Array =>
  values.length === count * n ? values : values.subarray(first * n, (first + count) * n);
