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
 * Square crops of the photographs in `images/land` of the free game Endless Sky, eight of each:
 * [count, 3, size, size]. First the central square of each, in the order of their names; then, seven times over, a
 * square that is smaller by up to a third, at a place chosen by the seed. Pictures of spacecraft, planets and machines
 * are left out: version 0.9.8 has 245 landscapes of 720 x 360 pixels, which makes 1,960 images. The photograph is the
 * group, so that `split` holds out whole photographs.
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
  return prepare(`landscapes-${size}`, key, options, () => ({
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
    groups: Int32Array.from({ length: CROPS * files.length }, (_, i) => i % files.length),
    warnings: [],
    async image(i) {
      const photograph = await readPhotograph(join(folder, files[i % files.length].name), size);
      const { side, left, top } = placeOf(photograph, i < files.length ? undefined : [...words(seed), i]);
      return resizeAndCrop({ width: side, height: side, data: crop(photograph, side, left, top) }, size);
    },
  }));
}

/** A square of a photograph: chosen by the key, or the central one. */
function placeOf({ width, height }: PlanarImage, key?: number[]) {
  const longest = Math.min(width, height);
  const random = (n: number) => (key ? hash32(CROP, ...key, n) / 2 ** 32 : [1, 0.5, 0.5][n]);
  const side = Math.round(longest * (SMALLEST + (1 - SMALLEST) * random(0)));
  const [left, top] = [width, height].map((length, n) => Math.floor((length - side + 1) * random(n + 1)));
  return { side, left, top };
}

/** Any fault ends the loading: an UnusableImage would be listed once for each crop. */
async function readPhotograph(path: string, size: number): Promise<PlanarImage> {
  const image = await readImage(path).catch((error: Error) => {
    throw new Error(error.message, { cause: error });
  });
  const least = Math.ceil(size / SMALLEST);
  if (Math.min(image.width, image.height) >= least) return image;
  throw new Error(
    `datasets: ${quoted(path)} is too small (got ${image.width} x ${image.height}, expected at least ${least} x ${least}); ` +
      "use a smaller size, or install the game's data again",
  );
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
