// Noise levels of a sampler of several steps by search, one after the other (Song et al. 2023, after algorithm 1).

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
 * Levels of a sampler with a small score: from those of the start, each in turn the best of the candidates between its neighbours. It
 * differs in two ways from the search of Song et al. 2023 (section 3, after algorithm 1), who choose levels from the highest on, and
 * assume FID to be "a unimodal function of the next time point", for ternary search. The best single level is a low one, which
 * leaves no place for higher ones; and a network that was trained at few levels is another one between them, so that the score has
 * many minima.
 * @throws if there are fewer candidates than levels
 */
export async function searchLevels({ candidates, start, score }: LevelSearchOptions): Promise<FoundLevels> {
  if (candidates.length < start.length)
    throw new Error(
      `consistency: a search of ${start.length} levels needs as many candidates (got ${candidates.length})`,
    );
  let places = nearestPlaces(candidates, start);
  const levelsAt = (chosen: readonly number[]) => chosen.map((place) => candidates[place]);
  let best = await score(levelsAt(places));
  for (const i of places.keys()) {
    const [low, high] = [(places[i - 1] ?? -1) + 1, (places[i + 1] ?? candidates.length) - 1];
    const now = places;
    for (let place = low; place <= high; place++) {
      if (place === now[i]) continue;
      const other = now.with(i, place);
      const value = await score(levelsAt(other));
      if (value < best) [places, best] = [other, value];
    }
  }
  return { levels: levelsAt(places), score: best };
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
