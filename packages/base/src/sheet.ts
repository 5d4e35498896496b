// Lays out many images on one sheet.

/** An image from top to bottom, in parts of bytes [rows, width, 3]; called when the sheet reaches it. */
export type ImageRows = () => Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** How images are laid out on a sheet. */
export interface GridOptions {
  /** Width and height of each image in pixels. */
  width: number;
  height: number;
  /** Images per row; by default the sheet has about as many rows as columns. */
  columns?: number;
  /** Pixels between images and around them, before scaling. Default 2. */
  padding?: number;
  /** Integer scale factor; each pixel becomes a square. Default 1. */
  scale?: number;
  /** Colour between the images, [red, green, blue]. Default white. */
  background?: readonly [number, number, number];
}

/** A sheet to be drawn: its size in pixels, and its rows from top to bottom. */
export interface Sheet {
  width: number;
  height: number;
  rows: AsyncIterable<Uint8Array>;
}

/** An image in memory, bytes [height, width, 3], for `sheet`. @throws Error if it has another number of bytes */
export function imageRows(
  image: Uint8Array,
  { width, height }: { width: number; height: number },
): ImageRows {
  if (image.length !== width * height * 3)
    throw new Error(
      `base: a grid image has ${image.length} bytes (expected ${height} x ${width} x 3 = ${width * height * 3})`,
    );
  return () => [image];
}

/**
 * Lays out images of one size on one sheet, row by row. The images of a row are drawn together and then discarded, so
 * that memory holds one line of the sheet. The rows throw an Error if an image has fewer rows than `height`.
 */
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
            if (done) throw new Error(`base: a grid image ended at row ${y} (expected ${height} rows)`);
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

/** Splits parts of several rows into single rows. */
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
