// The embedded data set: seeded DiceBear avatars, rasterised once.
import { createAvatar } from "@dicebear/core";
import { renderAsync } from "@resvg/resvg-js";
import { backgrounds } from "./_backgrounds.js";
import { integerIn, seedOf } from "./_check.js";
import { digestOf } from "./_digest.js";
import { hash32, words } from "./_hash.js";
import { packageVersion } from "./_version.js";
import { type CacheOptions, prepare } from "./cache.js";
import { type Dataset, imageBytes } from "./dataset.js";
import { type AvatarStyle, loadStyles, pixelGrid } from "./styles.js";

/** Which avatars to draw, how many and how large. */
export interface AvatarOptions extends CacheOptions {
  /** Style names (see `avatarStyles`); with more than one, the style is the class. Default: pixel-art. */
  styles?: readonly AvatarStyle[];
  /** Images in all styles together. Default 8000. */
  count?: number;
  /** Side in pixels, 8 to 512. Default 32. */
  size?: number;
  /** Another seed gives other avatars. Default 0. */
  seed?: number;
}

/** Rendered at this multiple of the size, then box-filtered: clean edges at 32 px. */
const OVERSAMPLING = 4;

/**
 * Avatars as a data set: `count` images [3, size, size] of the named styles, in turn when there are several.
 * Image i depends only on the seed, i, the size and the list of styles, so a larger count starts with the
 * same images. Kept in a cache file unless `cache` is false.
 */
export async function avatars({
  styles = ["pixel-art"],
  count = 8000,
  size = 32,
  seed = 0,
  ...options
}: AvatarOptions = {}): Promise<Dataset> {
  integerIn("avatars", "count", count, 1, 2 ** 24);
  integerIn("avatars", "size", size, 8, 512);
  seedOf("avatars", seed);
  const modules = await loadStyles(styles);
  const drawn = ["@dicebear/core", "@resvg/resvg-js", ...styles.map((style) => `@dicebear/${style}`)];
  const versions = drawn.map((name) => `${name}@${packageVersion(name)}`);
  const key = {
    kind: "avatars",
    styles,
    count,
    size,
    seed,
    versions,
    BACKGROUNDS: backgrounds,
    OVERSAMPLING,
  };

  // Not of what rasterises: its versions differ by rounding.
  const drawings = versions.filter((version) => version.startsWith("@dicebear/"));
  const digest = digestOf({ kind: "avatars", styles, count, size, seed, drawings, backgrounds });
  const samples = styles.map((style) => (size % (pixelGrid[style] ?? Infinity) === 0 ? 1 : OVERSAMPLING));

  return prepare(`avatars-${size}`, key, options, () => ({
    digest,
    name: `avatars:${styles.join("+")}`,
    size,
    count,
    classes: [],
    warnings: [],
    ...(styles.length > 1 && {
      classes: [...styles],
      labels: Int32Array.from({ length: count }, (_, i) => i % styles.length),
    }),
    image(i) {
      const style = i % styles.length;
      const svg = createAvatar(modules[style], {
        seed: avatarSeed(seed, i),
        backgroundColor: backgrounds,
      }).toString();
      return rasterise(svg, size, samples[style]);
    },
  }));
}

// DiceBear's own hash of neighbouring numbers is weak, so its seed string is already well mixed.
function avatarSeed(seed: number, i: number): string {
  return [0, 1].map((half) => hash32(...words(seed), i, half).toString(16)).join("-");
}

/**
 * An SVG picture to RGB bytes [3, size, size], on white where it is transparent: drawn at `samples` times the
 * size, then averaged over blocks of samples x samples.
 */
async function rasterise(svg: string, size: number, samples: number): Promise<Uint8Array> {
  const side = samples * size;
  const { pixels } = await renderAsync(svg, {
    font: { loadSystemFonts: false },
    fitTo: { mode: "width", value: side },
    background: "#ffffff",
  });
  const planes = new Uint8Array(imageBytes(size));
  const area = samples * samples;
  for (let channel = 0; channel < 3; channel++) {
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        let sum = area / 2;
        for (let dy = 0; dy < samples; dy++) {
          let at = 4 * ((y * samples + dy) * side + x * samples) + channel;
          for (let dx = 0; dx < samples; dx++, at += 4) sum += pixels[at];
        }
        planes[(channel * size + y) * size + x] = Math.floor(sum / area);
      }
    }
  }
  return planes;
}
