// The mean time of the steps of a run, which are of several kinds.

/** Steps of one kind. */
export interface StepKind {
  /** Their part of the steps, or of the time where that is what a run is given, since its schedule follows the clock. */
  readonly part: number;
  /** Seconds of one of them. */
  readonly seconds: number;
}

/**
 * Seconds of a step over the whole of training.
 * @param kinds whose parts are 1 together
 * @param timed whether the run is given a time
 */
export function meanStepSeconds(kinds: readonly StepKind[], timed: boolean): number {
  const total = (of: (kind: StepKind) => number) => kinds.reduce((sum, kind) => sum + of(kind), 0);
  return timed
    ? 1 / total(({ part, seconds }) => part / seconds)
    : total(({ part, seconds }) => part * seconds);
}
