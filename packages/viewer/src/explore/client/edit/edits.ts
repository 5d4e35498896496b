// Edits of a picture in the page: what is known of it at any size, the steps to an image function, and the drawn result.
import {
  colorisation,
  imageScale,
  inpainting,
  type Known,
  nothingKnown,
  stepNoise,
  withKnown,
} from "@imagefn/consistency";
import { type ImageFunction, planesToBytes, type RenderEngine, render } from "@imagefn/inr";
import { scaledMask, scaledPicture } from "@imagefn/runs/pages";
import type { About } from "../../about.js";
import type { Steps } from "../steps.js";
import { rgbaOf } from "./squarePicture.js";

/** A kind of edit. */
export type Mode = "inpaint" | "colorize" | "strokes";

/** A picture to edit. */
export interface Task {
  readonly mode: Mode;
  readonly side: number;
  /** [3, side, side] in [-1, 1]; with the strokes, if there are any. */
  readonly picture: Float32Array;
  /** With `inpaint`: [side, side], 1 where the picture is made anew. */
  readonly mask?: Uint8Array;
}

/** A picture and what of it is known, at one size. */
export function givenAt(
  { mode, side, picture, mask }: Task,
  size: number,
): { picture: Float32Array; known: Known } {
  const [from, to]: [number, number][] = [
    [side, side],
    [size, size],
  ];
  const shape = [3, size, size];
  const known =
    mode === "inpaint"
      ? inpainting(shape, scaledMask(mask!, from, to))
      : mode === "colorize"
        ? colorisation(shape)
        : nothingKnown(shape);
  return { picture: scaledPicture(picture, from, to), known };
}

/** What of an edit can be chosen. */
export interface Chosen {
  readonly levels: readonly number[];
  readonly seed: number;
  readonly label?: number;
}

/** The steps to result number i: those of `edit` of a run, for the same seed and levels. */
export function editSteps(
  { size, shape, parameterisation }: About,
  task: Task,
  i: number,
  chosen: Chosen,
): Steps {
  const { levels, seed, label } = chosen;
  const given = givenAt(task, size);
  return {
    ...given,
    start: task.mode === "strokes" ? given.picture : undefined,
    levels,
    label,
    noise: (step) => stepNoise(step, { seed, first: i, count: 1, shape }),
    scale: (sigma) => imageScale(parameterisation, sigma),
  };
}

/**
 * RGBA bytes of a result: the function at a size, with what is known of the picture at that size.
 * @param engine WebAssembly in pages, which run the generator by it too
 */
export async function drawnEdit(
  fn: ImageFunction,
  task: Task,
  size: number,
  engine: RenderEngine = "simd",
): Promise<Uint8ClampedArray<ArrayBuffer>> {
  const { data } = await render(fn, { width: size, height: size, engine, clamp: true });
  const { picture, known } = givenAt(task, size);
  return rgbaOf(planesToBytes(withKnown(known, picture, data)));
}
