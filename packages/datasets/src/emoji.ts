// Drawn portraits: the people of Google's Noto emoji, on plain colours.

import { join } from "node:path";
import { quoted } from "@imagefn/base";
import { backgrounds } from "./_backgrounds.js";
import { integerIn, seedOf } from "./_check.js";
import { digestOf } from "./_digest.js";
import { hash32, words } from "./_hash.js";
import { findPackage, readJson } from "./_package.js";
import { readSquare } from "./_square.js";
import { packageVersion } from "./_version.js";
import { type CacheOptions, prepare } from "./cache.js";
import type { Dataset } from "./dataset.js";

/** Size and colours of the emoji portraits. */
export interface EmojiOptions extends CacheOptions {
  /** Side in pixels, 8 to 64. Default 32. */
  size?: number;
  /** Another seed gives other colours behind the portraits. Default 0. */
  seed?: number;
  /** Folder of the package. Default: where it is installed. */
  path?: string;
}

/** One picture, as the package lists it. */
interface Variant {
  image: string;
  has_img_google: boolean;
}

/** A character, and the same in other skin tones. */
interface Character extends Variant {
  short_name: string;
  subcategory: string;
  skin_variations?: Record<string, Variant>;
}

/** The subcategories of single people from the waist up; each is a class. */
const CLASSES = ["person", "person-role", "person-fantasy", "person-gesture"];

/** Separates the choice of colours from other uses of the seed. */
const COLOUR = 4;

/**
 * 997 portraits of 172 characters in up to six skin tones, each on one of ten colours chosen by the seed:
 * [count, 3, size, size]. The kind of person is the class, the character is the group: `split` holds out whole
 * characters, since their skin tones are near copies.
 * Throws if the package is not installed (it is an optional peer: `npm install emoji-datasource-google@16.0.0`)
 * or damaged.
 */
export async function emoji({ size = 32, seed = 0, path, ...options }: EmojiOptions = {}): Promise<Dataset> {
  integerIn("emoji", "size", size, 8, 64);
  seedOf("emoji", seed);
  const { folder, version } = await findPackage("emoji-datasource-google", "16.0.0", path);
  const key = { kind: "emoji", folder, version, size, seed, backgrounds, sharp: packageVersion("sharp") };
  return prepare(`emoji-${size}`, key, options, async () => {
    const portraits = await listPortraits(folder);
    return {
      name: "emoji",
      digest: digestOf({ kind: "emoji", version, size, seed, backgrounds, portraits }),
      size,
      count: portraits.length,
      classes: [...CLASSES],
      labels: Int32Array.from(portraits, ({ label }) => label),
      groups: Int32Array.from(portraits, ({ group }) => group),
      warnings: [],
      async image(i) {
        const file = join(folder, "img", "google", "64", portraits[i].image);
        const colour = backgrounds[hash32(COLOUR, ...words(seed), i) % backgrounds.length];
        const advice = "install the package again";
        return readSquare(file, { size, name: file, advice, unreadable: advice, background: `#${colour}` });
      },
    };
  });
}

async function listPortraits(folder: string): Promise<{ image: string; label: number; group: number }[]> {
  const all = await readJson(folder, "emoji.json");
  const people = (Array.isArray(all) ? (all as Character[]) : []).filter(({ subcategory }) =>
    CLASSES.includes(subcategory),
  );
  const portraits = people.flatMap((character, group) =>
    [character, ...Object.values(character.skin_variations ?? {})]
      .filter((variant) => variant.has_img_google)
      .map(({ image }) => ({ image, label: CLASSES.indexOf(character.subcategory), group })),
  );
  if (portraits.length > 0) return portraits;
  throw new Error(
    `datasets: ${quoted(join(folder, "emoji.json"))} lists no people; install the package again`,
  );
}
