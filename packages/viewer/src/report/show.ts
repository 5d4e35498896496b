// Where the pages of a report find their pictures: inside the file, or at an address of the live page.
import { readFileSync } from "node:fs";
import type { Picture } from "./contents.js";

/** A picture as a page shows it. */
export interface Shown {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  /** Its file, relative to the run folder, escaped for an address. */
  readonly href: string;
  /** A data URI or an address; undefined for a picture that is too large to be part of the page. */
  readonly source?: string;
}

/** Returns the `source` of a picture. */
export type Source = (picture: Picture) => string | undefined;

/** A page contains pictures of up to this many bytes each.. */
const EACH = 8 * 2 ** 20;
/** .. and pictures along training up to this many bytes together. */
const TOGETHER = 16 * 2 ** 20;
const FRAMES = 60;

/** The picture itself as a data URI, unless it is large. */
export const inFile: Source = ({ path, bytes }) =>
  bytes > EACH ? undefined : `data:image/png;base64,${readFileSync(path).toString("base64")}`;

/** The address of the picture on the live page. */
export const onServer: Source = ({ name }) => `/${addressOf(name)}`;

/** The path of a picture in samples/, relative to the run folder, as part of an address. */
export const addressOf = (name: string): string =>
  `samples/${encodeURIComponent(Buffer.from(name).toString())}`;

export const shown = (picture: Picture, title: string, source: Source): Shown => ({
  title,
  width: picture.width,
  height: picture.height,
  href: addressOf(picture.name),
  source: source(picture),
});

/** The pictures along training that a page has room for: evenly chosen, the first and the last among them. */
export function chosenFrames(pictures: readonly Picture[]): readonly Picture[] {
  const all = pictures.reduce((sum, { bytes }) => sum + bytes, 0);
  const room = Math.floor((TOGETHER * pictures.length) / Math.max(1, all));
  const most = Math.max(2, Math.min(FRAMES, room));
  if (pictures.length <= most) return pictures;
  return Array.from(
    { length: most },
    (_, i) => pictures[Math.round((i * (pictures.length - 1)) / (most - 1))],
  );
}
