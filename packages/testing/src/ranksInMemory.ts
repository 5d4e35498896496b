// Several ranks in one process, for tests of what they compute together.

type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array;

/** One of them, with the members of a rank of @imagefn/distributed. */
export interface RankInMemory {
  readonly rank: number;
  readonly size: number;
  readonly host: string;
  readonly local: { readonly rank: number; readonly size: number };
  patience: number;
  sum(values: Numbers): Promise<void>;
  broadcast(values: Numbers, from?: number): Promise<void>;
  barrier(): Promise<void>;
}

/** Ranks that meet in memory: a call ends when all of them have made it. Sums are in the order of the ranks. */
export function ranksInMemory(size: number): RankInMemory[] {
  let waiting: { rank: number; values: Numbers; go: () => void; fail: (error: Error) => void }[] = [];
  const meet = (rank: number, values: Numbers, all: (arrays: Numbers[]) => void) =>
    new Promise<void>((go, fail) => {
      waiting.push({ rank, values, go, fail });
      if (waiting.length < size) return;
      const here = waiting.sort((a, b) => a.rank - b.rank);
      waiting = [];
      const lengths = new Set(here.map(({ values }) => values.length));
      if (lengths.size === 1) all(here.map(({ values }) => values));
      for (const { go, fail } of here)
        if (lengths.size === 1) go();
        else fail(new Error(`ranks gave arrays of different lengths: ${[...lengths].join(", ")}`));
    });
  return Array.from({ length: size }, (_, rank) => ({
    rank,
    size,
    host: `host-${rank}`,
    local: { rank: 0, size: 1 },
    patience: 600,
    sum: (values) =>
      meet(rank, values, ([first, ...others]) => {
        for (const other of others) for (let i = 0; i < first.length; i++) first[i] += other[i];
        for (const other of others) other.set(first);
      }),
    broadcast: (values, from = 0) =>
      meet(rank, values, (all) => {
        for (const one of all) if (one !== all[from]) one.set(all[from]);
      }),
    barrier: () => meet(rank, new Uint8Array(0), () => {}),
  }));
}
