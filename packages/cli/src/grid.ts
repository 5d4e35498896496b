// Pictures for people: image values to bytes, many images on one sheet, PNG files.
import { PNG } from "pngjs";
import { writeAtomic } from "./writeAtomic.js";

/** Pixels as bytes, red, green, blue, row by row: [height, width, 3]. */
export interface Picture {
  width: number;
  height: number;
  rgb: Uint8Array;
}

/** An image: values in [-1, 1] as planes [3, height, width], or bytes [height, width, 3]. */
export type ImageValues = Float32Array | Uint8Array;

/**
 * Values [3, height, width] in [-1, 1] to bytes [height, width, 3]: floor(clamp((s + 1) * 127.5, 0, 255)) (SPEC 10.1).
 * Each operation rounds to float32, as in the reference, so that the bytes are the same to the last bit.
 */
export function toBytes(image: Float32Array): Uint8Array {
  const pixels = image.length / 3;
  const rgb = new Uint8Array(image.length);
  for (let channel = 0; channel < 3; channel++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      const value = Math.fround(Math.fround(image[channel * pixels + pixel] + 1) * 127.5);
      rgb[pixel * 3 + channel] = Math.floor(Math.min(255, Math.max(0, value)));
    }
  }
  return rgb;
}

/** How `sampleGrid` lays images out. */
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

/** Images of one size on one sheet, row by row. Throws when an image does not have width * height * 3 values. */
export function sampleGrid(images: readonly ImageValues[], options: GridOptions): Picture {
  const { width, height, padding = 2, scale = 1, background = [255, 255, 255] } = options;
  const columns = options.columns ?? Math.max(1, Math.ceil(Math.sqrt(images.length)));
  const rows = Math.max(1, Math.ceil(images.length / columns));
  const sheetWidth = columns * (width + padding) + padding;
  const sheetHeight = rows * (height + padding) + padding;
  const sheet = new Uint8Array(sheetWidth * sheetHeight * 3);
  for (let i = 0; i < sheet.length; i++) sheet[i] = background[i % 3];
  images.forEach((image, index) => {
    if (image.length !== width * height * 3) {
      throw new Error(
        `imagefn: grid image ${index} has ${image.length} values (expected 3 x ${height} x ${width} = ${width * height * 3})`,
      );
    }
    const rgb = image instanceof Float32Array ? toBytes(image) : image;
    const left = padding + (index % columns) * (width + padding);
    const top = padding + Math.floor(index / columns) * (height + padding);
    for (let row = 0; row < height; row++) {
      const source = rgb.subarray(row * width * 3, (row + 1) * width * 3);
      sheet.set(source, ((top + row) * sheetWidth + left) * 3);
    }
  });
  return enlarge({ width: sheetWidth, height: sheetHeight, rgb: sheet }, scale);
}

/** Every pixel becomes a scale x scale square. */
function enlarge(picture: Picture, scale: number): Picture {
  if (scale === 1) return picture;
  const width = picture.width * scale;
  const height = picture.height * scale;
  const rgb = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const source = (Math.floor(row / scale) * picture.width + Math.floor(column / scale)) * 3;
      rgb.set(picture.rgb.subarray(source, source + 3), (row * width + column) * 3);
    }
  }
  return { width, height, rgb };
}

/** The PNG file of a picture, as bytes. */
export function encodePng({ width, height, rgb }: Picture): Uint8Array {
  const png = new PNG({ width, height, inputColorType: 2, inputHasAlpha: false });
  png.data = Buffer.from(rgb.buffer, rgb.byteOffset, rgb.byteLength);
  return PNG.sync.write(png, { colorType: 2, inputColorType: 2, inputHasAlpha: false });
}

/** Writes a picture as a PNG file, whole or not at all. */
export async function writePng(path: string, picture: Picture): Promise<void> {
  await writeAtomic(path, encodePng(picture));
}
