// Photographs: the landscapes of the game Endless Sky, each in several crops.
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { quoted } from "@imagefn/base";
import { integerIn, seedOf } from "./_check.js";
import { digestOf } from "./_digest.js";
import { hash32, words } from "./_hash.js";
import { packageVersion } from "./_version.js";
import { type CacheOptions, prepare } from "./cache.js";
import type { Dataset } from "./dataset.js";
import { readImage } from "./image.js";
import { crop, type PlanarImage, resizeAndCrop } from "./resample.js";

/** Size and crops of the landscapes, and where the photographs are. */
export interface LandscapesOptions extends CacheOptions {
  /** Side in pixels, 8 to 240. Default 64. */
  size?: number;
  /** Another seed gives other crops. Default 0. */
  seed?: number;
  /** Folder of the game's data, or its sub-folder images/land. Default: where Debian's package puts the data. */
  path?: string;
}

interface Photograph {
  name: string;
  bytes: number;
  modified: number;
}

/** Where endless-sky-data installs the game's data. */
const DEBIAN = "/usr/share/games/endless-sky";

/** Crops of one photograph. */
const CROPS = 8;

/** The smallest crop, as a part of the photograph's shorter side. */
const SMALLEST = 2 / 3;

/** Separates the choice of crops from other uses of the seed. */
const CROP = 5;

/** What photographs of other subjects are called: planets, rockets, space stations, machines. */
const OTHERS = /^(earthrise|industrial|loc|nasa|space|station)/;

/**
 * Square crops of the photographs in `images/land` of the free game Endless Sky, in the order of their names, eight of
 * each: [count, 3, size, size]. The first crop is the central square; the others are smaller by up to a third, at places
 * chosen by the seed. Version 0.9.8 has 245 landscapes of 720 x 360 pixels, which makes 1,960 images; pictures of
 * spacecraft, planets and machines are left out. The photograph is the group: `split` holds out whole photographs.
 * Licences: public domain, CC BY-SA 3.0 or 4.0, file by file in the game's `copyright`.
 * Throws if the photographs are not there (Debian: `apt-get install endless-sky-data`), damaged or too small.
 */
export async function landscapes({
  size = 64,
  seed = 0,
  path = DEBIAN,
  ...options
}: LandscapesOptions = {}): Promise<Dataset> {
  integerIn("landscapes", "size", size, 8, 240);
  seedOf("landscapes", seed);
  const { folder, files } = await findPhotographs(path);
  const key = {
    kind: "landscapes",
    folder: resolve(folder),
    files,
    size,
    seed,
    sharp: packageVersion("sharp"),
  };
  return prepare(`landscapes-${size}`, key, options, () => {
    // One error ends the loading: an UnusableImage would be listed once for each crop.
    const photograph = lastKept(async (p) => {
      const whole = await readImage(join(folder, files[p].name)).catch((error: Error) => {
        throw new Error(error.message, { cause: error });
      });
      const least = Math.ceil(size / SMALLEST);
      if (Math.min(whole.width, whole.height) >= least) return whole;
      throw new Error(
        `datasets: ${quoted(join(folder, files[p].name))} is too small (got ${whole.width} x ${whole.height}, ` +
          `expected at least ${least} x ${least}); use a smaller size, or install the game's data again`,
      );
    });
    return {
      name: "landscapes",
      digest: digestOf({
        kind: "landscapes",
        size,
        seed,
        files: files.map(({ name, bytes }) => [name, bytes]),
      }),
      size,
      count: CROPS * files.length,
      classes: [],
      groups: Int32Array.from({ length: CROPS * files.length }, (_, i) => Math.floor(i / CROPS)),
      warnings: [],
      async image(i) {
        const whole = await photograph(Math.floor(i / CROPS));
        const { side, left, top } = placeOf(whole, i, seed);
        return resizeAndCrop({ width: side, height: side, data: crop(whole, side, left, top) }, size);
      },
    };
  });
}

/** Square i of all, in its photograph. */
function placeOf({ width, height }: PlanarImage, i: number, seed: number) {
  const longest = Math.min(width, height);
  const random = (n: number) =>
    i % CROPS === 0 ? [1, 0.5, 0.5][n] : hash32(CROP, ...words(seed), i, n) / 2 ** 32;
  const side = Math.round(longest * (SMALLEST + (1 - SMALLEST) * random(0)));
  const [left, top] = [width, height].map((length, n) => Math.floor((length - side + 1) * random(n + 1)));
  return { side, left, top };
}

async function findPhotographs(path: string): Promise<{ folder: string; files: Photograph[] }> {
  for (const folder of [join(path, "images", "land"), path]) {
    const names = await readdir(folder).catch(() => []);
    const files = names
      .filter((name) => /\.jpe?g$/i.test(name) && !OTHERS.test(name))
      .sort()
      .map(async (name) => ({ name, ...(await statOf(join(folder, name))) }));
    if (files.length > 0) return { folder, files: await Promise.all(files) };
  }
  throw new Error(
    `datasets: no landscapes of Endless Sky in ${quoted(path)} (got no JPEG files in its images/land, or in the folder itself); ` +
      "install Debian's package endless-sky-data, or use the folder of the game's data as path",
  );
}

async function statOf(path: string): Promise<{ bytes: number; modified: number }> {
  const { size, mtimeMs } = await stat(path);
  return { bytes: size, modified: mtimeMs };
}

/** `make` with its last result kept: images of one photograph are asked for in turn. */
function lastKept<T>(make: (n: number) => Promise<T>): (n: number) => Promise<T> {
  let last: { n: number; made: Promise<T> } | undefined;
  return (n) => {
    if (last?.n !== n) last = { n, made: make(n) };
    return last.made;
  };
}
