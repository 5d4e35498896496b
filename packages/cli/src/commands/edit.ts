// `imagefn edit`: pictures that a run fills in, colours, refines or redraws.
import { drawingOf } from "../drawing.js";
import type { EditOptions } from "../options/edit.js";
import type { Print } from "../output.js";

/** Edits a picture, and prints the path of each result. */
export async function run({ run: path, ...options }: EditOptions, print: Print): Promise<object> {
  const { run, folder, listener, done } = await drawingOf(path, print);
  const pictures = await run.edit({ ...options, out: options.out ?? folder, ...listener });
  return { run: path, pictures, ...done() };
}
