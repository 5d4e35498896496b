// The results of edits, each on a canvas of its own, at any size.
import type { ImageFunction } from "@imagefn/inr";
import { offer } from "../downloads.js";
import { drawnEdit, type Task } from "./edits.js";
import type { SquarePicture } from "./squarePicture.js";

/** One result. */
interface Result {
  readonly canvas: HTMLCanvasElement;
  readonly fn: ImageFunction;
  readonly task: Task;
}

export interface Results {
  clear(): void;
  /** Shows a function as the next result. */
  add(fn: ImageFunction, task: Task): Promise<void>;
  /** Draws all of them again, at the present size. */
  redraw(): Promise<void>;
}

/**
 * Results in an element.
 * @param size of the pictures in pixels
 * @param name of saved files, without number and ending
 * @param use called with a result that is to be edited further
 */
export function results(
  place: HTMLElement,
  size: () => number,
  name: () => string,
  use: (picture: SquarePicture) => void,
): Results {
  const all: Result[] = [];

  async function draw({ canvas, fn, task }: Result) {
    const side = size();
    const data = await drawnEdit(fn, task, side);
    // Another size may have been chosen meanwhile.
    if (side !== size()) return;
    canvas.width = side;
    canvas.height = side;
    canvas
      .getContext("2d", { willReadFrequently: true })!
      .putImageData(new ImageData(data, side, side), 0, 0);
    canvas.dataset.drawn = String(side);
  }

  const button = (text: string, label: string, act: () => void) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.setAttribute("aria-label", label);
    made.addEventListener("click", act);
    return made;
  };

  return {
    clear() {
      all.length = 0;
      place.replaceChildren();
    },
    async add(fn, task) {
      const number = all.length;
      const canvas = document.createElement("canvas");
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `Result ${number}`);
      const save = () =>
        canvas.toBlob((blob) => {
          if (blob) offer(blob, `${name()}-${number}-${canvas.width}x${canvas.height}.png`);
        });
      const edit = () => {
        const { width: side } = canvas;
        const { data } = canvas.getContext("2d")!.getImageData(0, 0, side, side);
        use({ side, data, about: `result ${number}, ${side} x ${side} pixels` });
      };
      const figure = document.createElement("figure");
      const caption = document.createElement("figcaption");
      caption.append(
        button("Save", `Save result ${number} as PNG`, save),
        button("Edit", `Edit result ${number} further`, edit),
      );
      figure.append(canvas, caption);
      const one = { canvas, fn, task };
      all.push(one);
      await draw(one);
      place.append(figure);
    },
    async redraw() {
      for (const one of [...all]) await draw(one);
    },
  };
}
