// Animated PNG files, frame by frame, in memory that does not depend on their number.
import { chunk, type PngSize, pngData, pngStart, type Rows } from "./png.js";
import { writeAtomic } from "./writeAtomic.js";

/** An animation without end: its size in pixels, the number of its frames, and how many are shown in a second. */
export interface Animation extends PngSize {
  /** From 1. */
  frames: number;
  /** A whole number from 1 to 1000. */
  fps: number;
}

/**
 * Writes an animated PNG, completely or not at all. Programs that know nothing of animations show its first frame.
 * @throws Error if there are more or fewer frames than `frames`, or rows than `height`
 */
export async function writeApng(
  path: string,
  animation: Animation,
  frames: Iterable<Rows> | AsyncIterable<Rows>,
): Promise<void> {
  await writeAtomic(path, async (handle) => {
    for await (const part of encodeApng(animation, frames)) await handle.writeFile(part);
  });
}

/**
 * The bytes of an animated PNG in parts: each frame is a whole picture. Source: W3C PNG specification, third edition, 11.3.6.
 * @throws as `writeApng`
 */
export async function* encodeApng(
  animation: Animation,
  frames: Iterable<Rows> | AsyncIterable<Rows>,
): AsyncGenerator<Uint8Array> {
  yield* pngStart(animation);
  // Number of frames, and of times that they are shown: 0 is for ever.
  yield chunk("acTL", numbers(animation.frames, 0));
  // Chunks of an animation are numbered, those of the first picture are not.
  let sequence = 0;
  let count = 0;
  for await (const rows of frames) {
    if (count === animation.frames) throw wrongCount(animation);
    yield chunk("fcTL", frameControl(sequence++, animation));
    for await (const data of pngData(animation, rows))
      yield count === 0 ? chunk("IDAT", data) : chunk("fdAT", Buffer.concat([numbers(sequence++), data]));
    count++;
  }
  if (count < animation.frames) throw wrongCount(animation);
  yield chunk("IEND", new Uint8Array());
}

/** Where a frame lies, how long it is shown as a fraction of a second, and that it replaces what was there. */
function frameControl(sequence: number, { width, height, fps }: Animation): Uint8Array {
  const bytes = Buffer.alloc(26);
  bytes.set(numbers(sequence, width, height, 0, 0));
  bytes.writeUInt16BE(1, 20);
  bytes.writeUInt16BE(fps, 22);
  return bytes;
}

/** Numbers of 32 bits. */
function numbers(...values: number[]): Uint8Array {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, 4 * i);
  return bytes;
}

const wrongCount = ({ frames }: Animation) =>
  new Error(`base: the frames of an animation do not add up (expected ${frames})`);
