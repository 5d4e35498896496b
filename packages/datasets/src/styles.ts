// The installed avatar styles: designer, licence, and how to load them.
import type { Style } from "@dicebear/core";
import { shown } from "./_check.js";

/** Designer and licence of each style; credit the designer when you publish CC BY 4.0 images. */
export const avatarStyles = {
  "pixel-art": { designer: "DiceBear", licence: "CC0 1.0" },
  adventurer: { designer: "Lisa Wischofsky", licence: "CC BY 4.0" },
  avataaars: { designer: "Pablo Stanley", licence: "free for personal and commercial use" },
  "big-smile": { designer: "Ashley Seo", licence: "CC BY 4.0" },
  bottts: { designer: "Pablo Stanley", licence: "free for personal and commercial use" },
  "fun-emoji": { designer: "Davis Uche", licence: "CC BY 4.0" },
  lorelei: { designer: "Lisa Wischofsky", licence: "CC0 1.0" },
  micah: { designer: "Micah Lanier", licence: "CC BY 4.0" },
  notionists: { designer: "Zoish", licence: "CC0 1.0" },
  "open-peeps": { designer: "Pablo Stanley", licence: "CC0 1.0" },
  personas: { designer: "Draftbit", licence: "CC BY 4.0" },
  thumbs: { designer: "DiceBear", licence: "CC0 1.0" },
} as const;

/** The name of a DiceBear style: a key of `avatarStyles`. */
export type AvatarStyle = keyof typeof avatarStyles;

/**
 * Styles whose every edge lies on a grid of this many cells, drawn without smoothing: at a multiple of the grid
 * one sample per pixel equals the box-filtered picture, in a third of the time.
 */
export const pixelGrid: Partial<Record<AvatarStyle, number>> = { "pixel-art": 16 };

// Literal specifiers, so that types and bundlers see them; loaded on demand.
const loaders: Record<AvatarStyle, () => Promise<Style<object>>> = {
  "pixel-art": () => import("@dicebear/pixel-art"),
  adventurer: () => import("@dicebear/adventurer"),
  avataaars: () => import("@dicebear/avataaars"),
  "big-smile": () => import("@dicebear/big-smile"),
  bottts: () => import("@dicebear/bottts"),
  "fun-emoji": () => import("@dicebear/fun-emoji"),
  lorelei: () => import("@dicebear/lorelei"),
  micah: () => import("@dicebear/micah"),
  notionists: () => import("@dicebear/notionists"),
  "open-peeps": () => import("@dicebear/open-peeps"),
  personas: () => import("@dicebear/personas"),
  thumbs: () => import("@dicebear/thumbs"),
};

/** The style modules in the order of `names`. Throws for an unknown or repeated name, and for an empty list. */
export async function loadStyles(names: readonly string[]): Promise<Style<object>[]> {
  const known = Object.keys(avatarStyles);
  if (names.length === 0) {
    throw new Error(
      `datasets: avatars needs a style (got an empty list, expected some of ${known.join(", ")})`,
    );
  }
  names.forEach((name, i) => {
    if (!known.includes(name)) {
      throw new Error(
        `datasets: unknown avatar style (got ${shown(name)}, expected one of ${known.join(", ")})`,
      );
    }
    if (names.indexOf(name) !== i) {
      throw new Error(
        `datasets: avatar style ${shown(name)} is given twice (expected each style once); drop one`,
      );
    }
  });
  return Promise.all(names.map((name) => loaders[name as AvatarStyle]()));
}
