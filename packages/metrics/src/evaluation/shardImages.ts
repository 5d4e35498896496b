// The images of a shard.
import { blocksOf, type Shard, shareOf } from "@imagefn/base";
import type { ImageBatch } from "../networks/images.js";
import type { ImageSource } from "./source.js";

/** The numbers of a shard's images, of `count` in all. @throws ImagefnError `invalid-option` as `shareOf` does */
export const shardNumbers = (count: number, shard: Shard): number[] =>
  shareOf(blocksOf(count), shard).flatMap((block) =>
    Array.from({ length: block.count }, (_, i) => block.first + i),
  );

/** The images of ascending numbers. A source that cannot pick them is read up to the last one. */
export async function* pickImages(
  source: ImageSource,
  numbers: readonly number[],
): AsyncGenerator<ImageBatch> {
  const picked = source.pick?.(numbers) ?? source.named?.pick(numbers);
  if (picked) return yield* picked;
  const wanted = new Set(numbers);
  let number = 0;
  for await (const { shape, data } of source.batches(numbers.at(-1)! + 1)) {
    const each = data.length / shape[0];
    const own = Array.from({ length: shape[0] }, (_, i) => i).filter((i) => wanted.has(number + i));
    number += shape[0];
    if (own.length === 0) continue;
    const part = new (data instanceof Float32Array ? Float32Array : Uint8Array)(own.length * each);
    for (const [k, i] of own.entries()) part.set(data.subarray(i * each, (i + 1) * each), k * each);
    yield { shape: [own.length, ...shape.slice(1)], data: part };
  }
}
