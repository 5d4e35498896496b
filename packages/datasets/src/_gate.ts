// A limit on what runs at the same time, in whatever unit: open files, or pixels in memory.

/** Runs `work` when there is room for its weight; what weighs more than the whole capacity runs alone. */
export type Gate = <T>(weight: number, work: () => Promise<T>) => Promise<T>;

/** A gate of the given capacity. Work is started in the order in which it was asked for. */
export function gate(capacity: number): Gate {
  let used = 0;
  const waiting: { weight: number; start: () => void }[] = [];
  const admit = () => {
    while (waiting.length > 0 && used + waiting[0].weight <= capacity) {
      const { weight, start } = waiting.shift()!;
      used += weight;
      start();
    }
  };
  return async (asked, work) => {
    const weight = Math.min(asked, capacity);
    await new Promise<void>((start) => {
      waiting.push({ weight, start });
      admit();
    });
    try {
      return await work();
    } finally {
      used -= weight;
      admit();
    }
  };
}
