// A share of numbered samples, for several processes that know nothing of each other.
import { ImagefnError } from "./errors.js";

/** Which share of a job: number `index`, from 1, of `of` shares. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** Samples in a block. Networks run so many at a time, so that a block has the same bits whichever process makes it. */
export const SHARD_BLOCK = 16;

/** Consecutive samples. */
export interface Block {
  /** Number of the first one, from 0. */
  readonly first: number;
  readonly count: number;
}

/** Samples 0 to `count` - 1 in blocks of `SHARD_BLOCK`; the last one may be smaller. */
export const blocksOf = (count: number): Block[] =>
  Array.from({ length: Math.ceil(count / SHARD_BLOCK) }, (_, p) => ({
    first: p * SHARD_BLOCK,
    count: Math.min(SHARD_BLOCK, count - p * SHARD_BLOCK),
  }));

/**
 * The items of a shard: every `of`-th one, beginning with number `index`. Without a shard, all of them.
 * @throws ImagefnError `invalid-option` if the shard is none, or if some shards would get nothing
 */
export function shareOf<T>(items: readonly T[], shard: Shard | undefined): readonly T[] {
  if (shard === undefined) return items;
  checkShard(shard);
  const { index, of } = shard;
  if (of > items.length)
    throw new ImagefnError(
      "invalid-option",
      `shard ${index}/${of}: there are ${items.length} blocks of up to ${SHARD_BLOCK} samples, and each shard needs one. ` +
        `Use ${items.length} shards or fewer, or a larger count.`,
      { option: "shard", advised: true },
    );
  return items.filter((_, p) => p % of === index - 1);
}

/** @throws ImagefnError `invalid-option` unless both numbers are whole, and `index` is from 1 to `of` */
export function checkShard({ index, of }: Shard): void {
  const whole = (value: number) => Number.isSafeInteger(value) && value >= 1;
  if (!whole(index) || !whole(of) || index > of)
    throw new ImagefnError(
      "invalid-option",
      `shard ${index}/${of}: there is no such share (expected { index, of } with index from 1 to of)`,
      { option: "shard", advised: true },
    );
}
