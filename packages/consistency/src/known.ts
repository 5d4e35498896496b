// What is known of a picture: an orthogonal transform A and a mask Omega (Song et al. 2023, algorithm 4 and appendix D).
import type { Shape } from "@imagefn/ops";

/** Which numbers of A y are known of a picture y; a consistency model makes the others. */
export interface Known {
  /** [3, height, width] of the picture. */
  readonly shape: Shape;
  /** A, orthogonal and its own inverse: of a picture [3, height, width], as many numbers. */
  readonly transform: (image: Float32Array) => Float32Array;
  /** Omega, for each number of A y: 0 where it is known, 1 where it is not. */
  readonly unknown: Uint8Array;
}

/** Lines 5 and 9 of algorithm 4: A^-1[(A y) (1 - Omega) + (A x) Omega], what is known of `picture` and the rest of `image`. */
export function withKnown(
  { transform, unknown }: Known,
  picture: Float32Array,
  image: Float32Array,
): Float32Array {
  const [y, x] = [transform(picture), transform(image)];
  return transform(y.map((v, i) => (unknown[i] ? x[i] : v)));
}

/** Line 2 of algorithm 4: the picture with 0 for all that is not known. */
export const knownPart = (known: Known, picture: Float32Array): Float32Array =>
  withKnown(known, picture, new Float32Array(picture.length));

/**
 * Inpainting: A = I.
 * @param mask [height, width], not 0 where the picture is not known
 * @throws if it has another number of pixels
 */
export function inpainting(shape: Shape, mask: ArrayLike<number>): Known {
  const [, height, width] = shape;
  const plane = height * width;
  if (mask.length !== plane)
    throw new Error(
      `consistency: the mask has ${mask.length} pixels (expected ${height} x ${width} = ${plane})`,
    );
  const unknown = Uint8Array.from({ length: 3 * plane }, (_, i) => (mask[i % plane] ? 1 : 0));
  return { shape, unknown, transform: (image) => image };
}

/** Nothing is known, as in stroke-guided generation and in interpolation: A = I, and Omega is 1 everywhere. */
export const nothingKnown = (shape: Shape): Known => ({
  shape,
  unknown: new Uint8Array(shape.reduce((a, b) => a * b, 1)).fill(1),
  transform: (image) => image,
});

/** Luminance in red, green and blue (ITU-R BT.601, as in appendix D). */
const LUMINANCE = [0.2989, 0.587, 0.114];

/** Colorisation: known is the component of each pixel along the luminance (0.2989, 0.587, 0.114) of red, green and blue. */
export function colorisation(shape: Shape): Known {
  const plane = shape[1] * shape[2];
  const pixels = Int32Array.from({ length: plane }, (_, i) => i);
  return firstKnown(shape, { axis: LUMINANCE, members: [0, plane, 2 * plane], groups: pixels });
}

/**
 * Super-resolution: known is the mean of each block of a channel.
 * @param block its height and width, which divide those of the picture
 * @throws if they do not
 */
export function superResolution(shape: Shape, block: readonly [height: number, width: number]): Known {
  const [channels, height, width] = shape;
  const [tall, wide] = block;
  if (!(height % tall === 0 && width % wide === 0))
    throw new Error(
      `consistency: blocks of ${tall} x ${wide} pixels do not divide a picture of ${height} x ${width}`,
    );
  const members = Array.from({ length: tall * wide }, (_, i) => Math.floor(i / wide) * width + (i % wide));
  const across = width / wide;
  const groups = Int32Array.from(
    { length: (channels * height * width) / (tall * wide) },
    // Rows of blocks follow each other through the channels, whose heights are whole blocks.
    (_, i) => Math.floor(i / across) * tall * width + (i % across) * wide,
  );
  return firstKnown(shape, { axis: members.map(() => 1), members, groups });
}

/** Groups of numbers, each of which begins at an index and has members at distances from it. */
interface Groups {
  /** The direction of a group that is known. */
  readonly axis: readonly number[];
  /** Distances of the members, the first of which is 0. */
  readonly members: readonly number[];
  readonly groups: Int32Array;
}

function firstKnown(shape: Shape, { axis, members, groups }: Groups): Known {
  const unknown = new Uint8Array(shape.reduce((a, b) => a * b, 1)).fill(1);
  for (const first of groups) unknown[first] = 0;
  return { shape, unknown, transform: reflection({ axis, members, groups }) };
}

/**
 * The Householder reflection that exchanges the axis of every group, at length 1, and the group's first number. Appendix D takes
 * any orthogonal Q whose first column is that axis, by a QR decomposition; this one is its own inverse, and takes 2 n products
 * in place of n^2.
 */
function reflection({ axis, members, groups }: Groups): Known["transform"] {
  const length = Math.hypot(...axis);
  const normal = axis.map((a, i) => (i === 0 ? 1 : 0) - a / length);
  const square = normal.reduce((sum, v) => sum + v * v, 0);
  // A group of one number is its own axis.
  if (square === 0) return (image) => image;
  return (image) => {
    const out = image.slice();
    for (const first of groups) {
      let along = 0;
      for (let i = 0; i < members.length; i++) along += normal[i] * image[first + members[i]];
      const scale = (2 * along) / square;
      for (let i = 0; i < members.length; i++) out[first + members[i]] -= scale * normal[i];
    }
    return out;
  };
}
