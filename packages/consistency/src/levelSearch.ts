// Noise levels of a sampler of several steps by search: greedy, each by ternary search (Song et al. 2023, after algorithm 1).

/** The least value that a search found. */
export interface Least {
  /** Where it is. */
  readonly at: number;
  readonly value: number;
}

/**
 * The whole number from `low` to `high` where a score is least, if it falls up to there and rises from there on. Takes about
 * 2 log n / log 1.5 scores, each once. Of all that were looked at the least is returned, so that noise of the score costs little.
 * @throws if the numbers are not whole, or low is above high
 */
export async function ternarySearch(
  low: number,
  high: number,
  score: (at: number) => Promise<number>,
): Promise<Least> {
  if (!(Number.isInteger(low) && Number.isInteger(high) && low <= high))
    throw new Error(`consistency: a search goes from a whole number up to another (got ${low} to ${high})`);
  const known = new Map<number, number>();
  const at = async (i: number) => {
    const value = known.get(i) ?? (await score(i));
    known.set(i, value);
    return value;
  };
  while (high - low > 2) {
    const third = Math.floor((high - low) / 3);
    const [left, right] = [low + third, high - third];
    if ((await at(left)) < (await at(right))) high = right - 1;
    else low = left + 1;
  }
  for (let i = low; i <= high; i++) await at(i);
  return [...known].reduce<Least>((best, [i, value]) => (value < best.value ? { at: i, value } : best), {
    at: low,
    value: known.get(low)!,
  });
}

/** The levels of a sampler, and their score. */
export interface FoundLevels {
  /** Noise levels after the first, as `sample` takes them. */
  readonly levels: readonly number[];
  readonly score: number;
}

/**
 * Levels of samplers of 2 .. `steps` steps, each with one level more than the one before: of all candidates below the earlier
 * levels the one with the least score, by ternary search. Song et al. 2023 find theirs so, with FID as the score, which "assumes
 * that given prior time points, the FID is a unimodal function of the next time point" (section 3, after algorithm 1).
 * @param candidates falling noise levels; where they end, so does the list
 * @param score of the levels after the first; smaller is better
 */
export async function searchLevels(
  steps: number,
  candidates: readonly number[],
  score: (levels: readonly number[]) => Promise<number>,
): Promise<FoundLevels[]> {
  const found: FoundLevels[] = [];
  let levels: readonly number[] = [];
  let next = 0;
  while (found.length < steps - 1 && next < candidates.length) {
    const before = levels;
    const best = await ternarySearch(next, candidates.length - 1, (i) => score([...before, candidates[i]]));
    levels = [...before, candidates[best.at]];
    found.push({ levels, score: best.value });
    next = best.at + 1;
  }
  return found;
}
