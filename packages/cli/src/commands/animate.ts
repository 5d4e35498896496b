// `imagefn animate`: image functions of a run along a closed path of noise, as an animated picture.
import { drawingOf } from "../drawing.js";
import type { AnimateOptions } from "../options/animate.js";
import type { Print } from "../output.js";

/** Draws the animation, and prints its path. */
export async function run({ run: path, ...options }: AnimateOptions, print: Print): Promise<object> {
  const { run, folder, listener, done } = await drawingOf(path, print);
  const { onProgress, onMessage, onPicture } = listener;
  const animation = await run.animate({ ...options, folder, onProgress, onMessage });
  done();
  onPicture(animation);
  return { run: path, animation };
}
