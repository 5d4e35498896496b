// What a training step takes its images from, and the checks of what it gets.
import type { Generator } from "./generator.js";
import { cut, type Share } from "./ranks.js";

/** Images and, for a conditional generator, their classes. */
export interface Batch {
  /** [batch, 3, h, w] in [-1, 1] */
  readonly images: Float32Array;
  /** Class numbers [batch], 0 .. classes - 1. */
  readonly labels?: Float32Array;
  /** With the setting `crops`: of each image, enlarged by a factor of its own, h x w pixels, [batch, 3, h, w]. */
  readonly crops?: Float32Array;
  /**
   * Where these are, [batch, 5]: the first row and column, height and width of the whole, and how many pixels the rows and
   * columns are apart, 1 for neighbours; all in pixels of the crop.
   */
  readonly places?: Float32Array;
}

/**
 * The batch of step k = 0, 1, ..; the same k must always give the same batch, or a resumed run differs. Where only a share
 * of it is used, `share` says which: it may be given alone, or the whole batch as ever.
 */
export type Data = (k: number, share?: Share) => Batch | Promise<Batch>;

/** Numbers of a crop's place. */
const PLACE = 5;

/** What messages say of a value of a wrong type. */
function kindOf(x: unknown): string {
  if (x === undefined || x === null) return String(x);
  return typeof x === "object" ? ((x as object).constructor?.name ?? "object") : typeof x;
}

/** Refuses anything but a Float32Array of n numbers. @param what the beginning of the message, as "labels of step 3" */
export function checkNumbers(x: unknown, n: number, what: string): asserts x is Float32Array {
  if (!(x instanceof Float32Array))
    throw new Error(`consistency: ${what}: expected a Float32Array of ${n} numbers (got ${kindOf(x)})`);
  if (x.length !== n) throw new Error(`consistency: ${what}: expected ${n} numbers (got ${x.length})`);
}

/**
 * Refuses class numbers that a generator cannot take: another one gives no class at all, without an error of the engine.
 * @param of what messages say after "labels", as " of step 3"
 * @throws naming what was got and what was expected
 */
export function checkLabels(
  { classes }: Pick<Generator, "classes">,
  labels: unknown,
  count: number,
  of = "",
): asserts labels is Float32Array {
  checkNumbers(labels, count, `labels${of}`);
  const wrong = labels.findIndex((c) => !(Number.isInteger(c) && c >= 0 && c < classes));
  if (wrong >= 0)
    throw new Error(
      `consistency: labels${of}: number ${wrong} is ${labels[wrong]} (expected a whole number from 0 to ${classes - 1})`,
    );
}

/**
 * A share of the batch of step k, checked. Labels for a generator without classes only part the pairs of optimal transport.
 * @param labelled whether a generator with classes must be given labels
 * @throws naming what was got and what was expected
 */
export async function batchOf(
  data: Data,
  generator: Generator,
  {
    batch,
    k,
    share = { first: 0, count: batch },
    crops = false,
  }: { batch: number; k: number; share?: Share; crops?: boolean },
  labelled = true,
): Promise<Batch> {
  const whole = share.count === batch;
  const given = await (whole ? data(k) : data(k, share));
  if (typeof given !== "object" || given === null)
    throw new Error(`consistency: data must give { images, labels } of step ${k} (got ${kindOf(given)})`);
  const n = generator.shape.reduce((a, b) => a * b, 1);
  /** Either the share alone or the whole batch, as the images have it. */
  const count = !whole && given.images?.length === share.count * n ? share.count : batch;
  checkNumbers(given.images, count * n, `images of step ${k}`);
  if (generator.classes > 0 && (given.labels !== undefined || labelled))
    checkLabels(generator, given.labels, count, ` of step ${k}`);
  checkCrops(generator, given, { count, k, crops });
  return whole ? given : shareOf(given, share, n);
}

/** Refuses crops that the generator has no place for, and crops without the setting, which would be ignored. */
function checkCrops(
  { shape: [channels, height, width] }: Generator,
  { crops, places }: Batch,
  { count, k, crops: wanted }: { count: number; k: number; crops: boolean },
): void {
  if (!wanted) {
    if (crops === undefined && places === undefined) return;
    throw new Error(`consistency: crops of step ${k}: expected none, since the setting crops is false`);
  }
  checkNumbers(crops, count * channels * height * width, `crops of step ${k}`);
  checkNumbers(places, count * PLACE, `places of step ${k}`);
  for (let b = 0; b < count; b++) {
    const place = places.subarray(b * PLACE, (b + 1) * PLACE);
    const [top, left, rows, columns, step] = place;
    const within = (first: number, n: number, all: number) => first >= 0 && first + (n - 1) * step < all;
    if (
      place.every(Number.isInteger) &&
      step >= 1 &&
      within(top, height, rows) &&
      within(left, width, columns)
    )
      continue;
    throw new Error(
      `consistency: places of step ${k}: crop ${b} of ${height} x ${width} pixels at (${top}, ${left}), step ${step}, does not ` +
        `lie in ${rows} x ${columns} pixels (expected whole numbers)`,
    );
  }
}

/** A share of a batch of images of n numbers each; of one that is the share alone, all of it. */
export function shareOf({ images, labels, crops, places }: Batch, share: Share, n: number): Batch {
  return {
    images: cut(images, share, n),
    ...(labels ? { labels: cut(labels, share) } : {}),
    ...(crops && places ? { crops: cut(crops, share, n), places: cut(places, share, PLACE) } : {}),
  };
}
