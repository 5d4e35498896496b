// The file of an animation: its kind by the end of its name, and what of it can be refused before frames are drawn.
import { type Rows, writeApng, writeAtomic } from "@imagefn/base";
import { invalidOption } from "../invalidOption.js";
import { requireFfmpeg, type VideoName, videos, writeVideo } from "./video.js";
import { webp } from "./webp.js";

/** The size of a frame, how many there are, and how many are shown in a second. */
export interface Shown {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly fps: number;
}

/** Writes the frames of an animation. */
export type Writer = (frames: AsyncIterable<Rows>) => Promise<void>;

/** Most bytes of the frames of a .webp file, which are all in memory. */
const WEBP_BYTES = 2 ** 30;

/**
 * A writer by the end of a path.
 * @throws ImagefnError `invalid-option` for a name that ends otherwise, or a size that such a file cannot have;
 *   `missing-package` where a video is asked for and ffmpeg is missing
 */
export async function animationWriter(path: string, shown: Shown): Promise<Writer> {
  const { width, height, frames } = shown;
  const ending = /\.([^.]*)$/.exec(path)?.[1].toLowerCase() ?? "";
  if (ending === "png" || ending === "apng") return (pictures) => writeApng(path, shown, pictures);
  if (ending === "webp") {
    if (width * height * 3 * frames > WEBP_BYTES)
      throw invalidOption(
        "out",
        path,
        `${frames} frames of ${width}x${height} are too large for a .webp file, whose frames are all in memory.`,
        "Use a name that ends in .png or .mp4, or fewer or smaller frames.",
      );
    return async (pictures) => writeAtomic(path, await webp(shown, pictures));
  }
  if (!Object.hasOwn(videos, ending))
    throw invalidOption(
      "out",
      path,
      "the end of the name is no kind of animation.",
      "Use a name that ends in .png, .apng or .webp, or in .mp4 or .webm with ffmpeg.",
    );
  const name = ending as VideoName;
  if (width % 2 !== 0 || height % 2 !== 0)
    throw invalidOption(
      "size",
      `${width}x${height}`,
      `the colours of a .${name} file are stored for blocks of 2 x 2 pixels.`,
      "Use an even width and height.",
    );
  await requireFfmpeg(name);
  return (pictures) => writeVideo(name, path, shown, pictures);
}
