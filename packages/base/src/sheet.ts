// Pictures for people: image values to bytes, and many images on one sheet.

/** An image: values in [-1, 1] as planes [3, height, width], or bytes [height, width, 3]. */
export type ImageValues = Float32Array | Uint8Array;

/** An image that comes from top to bottom, bytes [rows, width, 3] at a time; called when its turn has come. */
export type ImageRows = () => Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * floor(clamp((s + 1) * 127.5, 0, 255)).
 * Each operation rounds to float32, as in the reference, so that the bytes are the same to the last bit.
 */
const toByte = (value: number): number =>
  Math.floor(Math.min(255, Math.max(0, Math.fround(Math.fround(value + 1) * 127.5))));

/** The bytes of values in [-1, 1], in the same order. */
export function toBytes(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) bytes[i] = toByte(values[i]);
  return bytes;
}

/** Planes [3, height, width] in [-1, 1] as bytes [height, width, 3]. */
export function planesToBytes(image: Float32Array): Uint8Array {
  const pixels = image.length / 3;
  const rgb = new Uint8Array(image.length);
  for (let channel = 0; channel < 3; channel++)
    for (let pixel = 0; pixel < pixels; pixel++)
      rgb[pixel * 3 + channel] = toByte(image[channel * pixels + pixel]);
  return rgb;
}

/** How images are laid out on a sheet. */
export interface GridOptions {
  /** Width and height of each image in pixels. */
  width: number;
  height: number;
  /** Images per row; by default the sheet is about square. */
  columns?: number;
  /** Pixels between images and around them, before scaling. Default 2. */
  padding?: number;
  /** Whole-number enlargement, each pixel a square. Default 1. */
  scale?: number;
  /** Colour between the images, [red, green, blue]. Default white. */
  background?: readonly [number, number, number];
}

/** A sheet as it will be drawn: its size, and its rows from top to bottom. */
export interface Sheet {
  width: number;
  height: number;
  rows: AsyncIterable<Uint8Array>;
}

/** An image in memory as one of a sheet. Throws when it does not have width * height * 3 values. */
export function imageRows(
  image: ImageValues,
  { width, height }: { width: number; height: number },
): ImageRows {
  if (image.length !== width * height * 3)
    throw new Error(
      `imagefn: a grid image has ${image.length} values (expected 3 x ${height} x ${width} = ${width * height * 3})`,
    );
  return () => [image instanceof Float32Array ? planesToBytes(image) : image];
}

/** Images of one size on one sheet, row by row. The images of a row are drawn together, and nothing is kept of them. */
export function sheet(images: readonly ImageRows[], options: GridOptions): Sheet {
  const { width, height, padding = 2, scale = 1, background = [255, 255, 255] } = options;
  const columns = options.columns ?? Math.max(1, Math.ceil(Math.sqrt(images.length)));
  const bands = Math.max(1, Math.ceil(images.length / columns));
  const sheetWidth = (columns * (width + padding) + padding) * scale;
  const sheetHeight = (bands * (height + padding) + padding) * scale;
  const blank = Uint8Array.from({ length: sheetWidth * 3 }, (_, i) => background[i % 3]);

  async function* rows(): AsyncGenerator<Uint8Array> {
    for (let band = 0; band < bands; band++) {
      for (let i = 0; i < padding * scale; i++) yield blank;
      const readers = images
        .slice(band * columns, (band + 1) * columns)
        .map((image) => singleRows(image(), width * 3));
      try {
        for (let y = 0; y < height; y++) {
          const line = blank.slice();
          for (const [column, reader] of readers.entries()) {
            const { value, done } = await reader.next();
            if (done) throw new Error(`imagefn: a grid image ended at row ${y} (expected ${height} rows)`);
            stretch(value, scale, line, (column * (width + padding) + padding) * scale * 3);
          }
          for (let i = 0; i < scale; i++) yield line;
        }
      } finally {
        for (const reader of readers) await reader.return(undefined);
      }
    }
    for (let i = 0; i < padding * scale; i++) yield blank;
  }
  return { width: sheetWidth, height: sheetHeight, rows: rows() };
}

/** Pieces of several rows, cut into single ones. */
async function* singleRows(
  parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  length: number,
): AsyncGenerator<Uint8Array, void> {
  for await (const part of parts)
    for (let at = 0; at < part.length; at += length) yield part.subarray(at, at + length);
}

/** Writes each pixel of a row `scale` times into a line. */
function stretch(row: Uint8Array, scale: number, line: Uint8Array, at: number): void {
  if (scale === 1) {
    line.set(row, at);
    return;
  }
  for (let i = 0; i < row.length; i += 3)
    for (let repeat = 0; repeat < scale; repeat++)
      line.set(row.subarray(i, i + 3), at + (i * scale + repeat * 3));
}
