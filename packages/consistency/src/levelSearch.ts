// Noise levels of a sampler of several steps by search, one after the other (Song et al. 2023, after algorithm 1).

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

/** How levels are searched. */
export interface LevelSearchOptions {
  /** Falling noise levels, among which is chosen. */
  readonly candidates: readonly number[];
  /** Levels to begin with, falling: the candidates nearest to them are taken. */
  readonly start: readonly number[];
  /** Of the levels after the first; smaller is better. */
  readonly score: (levels: readonly number[]) => Promise<number>;
}

/**
 * Levels of a sampler with a small score: from those of the start, each in turn by ternary search among the candidates between its
 * neighbours. Song et al. 2023 search by FID so, which they assume to be "a unimodal function of the next time point" (section 3,
 * after algorithm 1), but from the highest level on, without those below it: the best single level is a low one, which leaves
 * no place for higher ones.
 * @throws if there are fewer candidates than levels
 */
export async function searchLevels({ candidates, start, score }: LevelSearchOptions): Promise<FoundLevels> {
  if (candidates.length < start.length)
    throw new Error(
      `consistency: a search of ${start.length} levels needs as many candidates (got ${candidates.length})`,
    );
  const places = nearestPlaces(candidates, start);
  let best = Number.POSITIVE_INFINITY;
  for (const i of places.keys()) {
    const [low, high] = [(places[i - 1] ?? -1) + 1, (places[i + 1] ?? candidates.length) - 1];
    const least = await ternarySearch(low, high, (place) =>
      score(places.with(i, place).map((one) => candidates[one])),
    );
    places[i] = least.at;
    best = least.value;
  }
  return { levels: places.map((place) => candidates[place]), score: best };
}

/** Places of the candidates nearest to levels, by ratio: rising, and each for one level. */
function nearestPlaces(candidates: readonly number[], levels: readonly number[]): number[] {
  const places: number[] = [];
  for (const [i, level] of levels.entries()) {
    const [first, last] = [(places[i - 1] ?? -1) + 1, candidates.length - levels.length + i];
    let place = first;
    const far = (at: number) => Math.abs(Math.log(candidates[at] / level));
    for (let at = first; at <= last; at++) if (far(at) < far(place)) place = at;
    places.push(place);
  }
  return places;
}
