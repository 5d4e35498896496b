// Images to evaluate, wherever they come from: a folder, a .npz file, a data set, memory, or a generator.
import type { ImageBatch } from "../networks/images.js";

/** Pictures that are measured together. */
export const BATCH = 16;

/** Images that have names, such as files: pairs of them are made by name. */
export interface NamedImages {
  /** One for each image, in the order of the source, all different: paths below a folder with "/", as "a/001.png". */
  readonly names: readonly string[];
  /** The images of these numbers (from 0), in this order, in batches [n, 3, height, width] of one size each. */
  pick(indices: readonly number[]): AsyncIterable<ImageBatch>;
}

/** Images in an order of their own, as bytes. They are read again for each network and each picture metric. */
export interface ImageSource {
  /** What messages call it, in the plural: "images of photos". */
  readonly name: string;
  /** How many there are; `Infinity` where they are generated on demand. */
  readonly count: number;
  /** What a report says of it. */
  readonly about: Readonly<Record<string, unknown>>;
  /** The first `count` images, in batches [n, 3, height, width] of one size each. */
  batches(count: number): AsyncIterable<ImageBatch>;
  /**
   * The images of these numbers (from 0, ascending), as `batches` gives them. Without it a shard reads all images up to its
   * last one, unless they have names.
   */
  pick?(indices: readonly number[]): AsyncIterable<ImageBatch>;
  /** Their names, where they have any. Without it a picture has only its number. */
  readonly named?: NamedImages;
  /**
   * Of a generator: `count` pairs of pictures of two points of its noise, which lie the share `epsilon` of a path apart; floats in
   * [-1, 1], since bytes would hide the difference.
   */
  paths?(count: number, epsilon: number): AsyncIterable<PairBatch>;
}

/** Pictures and their partners, [n, 3, height, width] each. */
export interface PairBatch {
  /** The pictures. */
  readonly batch: ImageBatch;
  /** Their partners, in the same order. */
  readonly other: ImageBatch;
}

/** One picture: RGB bytes, planar [3, height, width]. */
export interface PlanarBytes {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Batches of at most 16 consecutive pictures of one size. */
export async function* batched(
  pictures: Iterable<PlanarBytes> | AsyncIterable<PlanarBytes>,
): AsyncGenerator<ImageBatch> {
  let waiting: { width: number; height: number; images: Uint8Array[] } | undefined;
  for await (const { width, height, data } of pictures) {
    const fits = waiting?.width === width && waiting.height === height && waiting.images.length < BATCH;
    if (waiting && !fits) {
      yield joined(waiting);
      waiting = undefined;
    }
    waiting ??= { width, height, images: [] };
    // A reader may use its memory again for the next picture.
    waiting.images.push(data.slice());
  }
  if (waiting) yield joined(waiting);
}

function joined(of: { width: number; height: number; images: readonly Uint8Array[] }): ImageBatch {
  const each = 3 * of.height * of.width;
  const data = new Uint8Array(of.images.length * each);
  for (const [i, image] of of.images.entries()) data.set(image, i * each);
  return { shape: [of.images.length, 3, of.height, of.width], data };
}

/** The bytes of pixels [n, area, 3] as planes [n, 3, area]. */
export function planar(pixels: Uint8Array, n: number, area: number): Uint8Array {
  const out = new Uint8Array(n * 3 * area);
  for (let i = 0; i < n; i++)
    for (let c = 0; c < 3; c++)
      for (let p = 0; p < area; p++) out[(i * 3 + c) * area + p] = pixels[(i * area + p) * 3 + c];
  return out;
}

/** The same images, each of whose streams of batches goes through `stream`. */
export function throughStream(
  source: ImageSource,
  stream: <T>(batches: AsyncIterable<T>) => AsyncIterable<T>,
): ImageSource {
  const { named, pick, paths } = source;
  return {
    name: source.name,
    count: source.count,
    about: source.about,
    batches: (count) => stream(source.batches(count)),
    ...(pick && { pick: (indices: readonly number[]) => stream(pick(indices)) }),
    ...(paths && { paths: (count: number, epsilon: number) => stream(paths(count, epsilon)) }),
    ...(named && {
      named: { names: named.names, pick: (indices: readonly number[]) => stream(named.pick(indices)) },
    }),
  };
}

/** The same images; between two batches the signal may end it. */
export const abortable = (source: ImageSource, signal: AbortSignal | undefined): ImageSource =>
  signal === undefined
    ? source
    : throughStream(source, async function* (batches) {
        signal.throwIfAborted();
        for await (const batch of batches) {
          yield batch;
          signal.throwIfAborted();
        }
      });
