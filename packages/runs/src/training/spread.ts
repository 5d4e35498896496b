// How much samples differ from one another: where training collapses they become copies of one picture, with an ordinary loss.

/** A warning below this part of the largest spread of the samples so far. */
const FALLEN = 0.5;

/** The standard deviation of each number over the images, averaged over the numbers; 0 where all images are equal. */
export function spreadOf(images: readonly ArrayLike<number>[]): number {
  const [{ length }] = images;
  let total = 0;
  for (let i = 0; i < length; i++) {
    const mean = images.reduce((sum, image) => sum + image[i], 0) / images.length;
    const squares = images.reduce((sum, image) => sum + (image[i] - mean) ** 2, 0);
    total += Math.sqrt(squares / images.length);
  }
  return total / length;
}

/** Compares the spread of each preview with the previews before it. */
export interface SpreadWatch {
  /** What to warn of after the preview of a step, whose spread is given as a part of the data's; undefined: nothing. */
  warning(spread: number, step: number): string | undefined;
}

/**
 * A watch over a phase. The spread grows from next to nothing as training goes on, so that a small one by itself is no sign
 * of a collapse: a fall is.
 */
export function spreadWatch(): SpreadWatch {
  let largest = { spread: 0, step: 0 };
  return {
    warning(spread, step) {
      const before = largest;
      if (spread > before.spread) largest = { spread, step };
      if (spread >= FALLEN * before.spread) return undefined;
      return (
        `warning: at step ${step} the samples hardly differ from one another: their spread is ${percent(spread)} of the ` +
        `data's, after ${percent(before.spread)} at step ${before.step}. Training may have collapsed; if the next previews ` +
        "look alike too, start again with another seed, a lower train.learningRate or train.targetEma."
      );
    },
  };
}

const percent = (part: number): string => `${Math.round(100 * part)} %`;
