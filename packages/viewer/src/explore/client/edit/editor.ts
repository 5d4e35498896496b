// The editor of an explorer's page: joins its controls to the painting, the generator and the results.
import type { ImageFunction } from "@imagefn/inr";
import { usualStrokesLevels } from "@imagefn/runs/pages";
import type { About } from "../../about.js";
import { element, input, whole } from "../controls.js";
import type { Network } from "../network.js";
import { inSteps } from "../steps.js";
import { editSteps, givenAt, type Mode, type Task } from "./edits.js";
import { maskBrush, painting } from "./painting.js";
import { results } from "./results.js";
import { filePicture, functionPicture, planesOf, type SquarePicture } from "./squarePicture.js";

/** What the page gives its editor. */
export interface EditorOptions {
  readonly about: About;
  readonly network: Network;
  /** The image function that the page shows. */
  readonly shown: () => { readonly fn: ImageFunction; readonly name: string } | undefined;
  /** A name for files. */
  readonly name: () => string;
}

/** Side of a picture of the function that the page shows. */
const SIDE = 256;

const help: Readonly<Record<Mode, string>> = {
  inpaint: "Paint over what should be made anew. The rest stays as it is, byte for byte.",
  colorize: "The luminance stays, and the colours are made anew.",
  strokes:
    "Paint with colours. The picture is redrawn from them: more noise changes more, and nothing is kept exactly.",
};

/** Runs the editor. Returns how to open it, with a picture file or with what the page shows. */
export function editor({ about, network, shown, name }: EditorOptions): { open(file?: File): Promise<void> } {
  const section = element("editor");
  const canvas = element<HTMLCanvasElement>("edit-picture");
  const paint = element<HTMLCanvasElement>("edit-paint");
  const make = element<HTMLButtonElement>("edit-make");
  let picture: SquarePicture | undefined;
  let running: AbortController | undefined;

  const mode = () =>
    document.querySelector<HTMLInputElement>('#edit-controls input[name="mode"]:checked')!.value as Mode;

  function say(text: string, wrong = false) {
    const status = element("edit-status");
    status.textContent = text;
    status.classList.toggle("wrong", wrong);
  }
  const fail = (error: unknown) => say((error as Error).message, true);

  const brushes = painting(
    paint,
    element("edit-brush"),
    () => {
      const [width, erase] = [whole("edit-width") / 100, input("edit-erase").checked];
      return mode() === "strokes"
        ? { width, erase, colour: input("edit-colour").value }
        : maskBrush(width, erase);
    },
    (factor) => {
      input("edit-width").value = String(Math.round(whole("edit-width") * factor) || 1);
    },
  );
  const made = results(
    element("edit-results"),
    () => whole("edit-size"),
    () => `${name()}-edit`,
    show,
  );

  function show(next: SquarePicture) {
    if (next.side < about.size) {
      say(`A picture to edit has at least ${about.size} x ${about.size} pixels. Choose a larger size.`, true);
      return;
    }
    picture = next;
    const { side, data } = next;
    canvas.width = side;
    canvas.height = side;
    canvas
      .getContext("2d", { willReadFrequently: true })!
      .putImageData(new ImageData(data, side, side), 0, 0);
    brushes.reset(side);
    element("edit-about").textContent = next.about;
    say("");
  }

  async function take() {
    const now = shown();
    if (now) show(await functionPicture(now.fn, Math.max(SIDE, about.size), now.name));
  }

  /** The levels of as many steps as the field has; its bounds follow the kind of edit and the noise. */
  function levels(): readonly number[] {
    const { edits, strokes } = about.levels;
    const noise = Math.min(
      80,
      Math.max(strokes.least * 1.01, Number(input("edit-noise").value) || strokes.noise),
    );
    const field = input("edit-steps");
    const most =
      mode() === "strokes"
        ? usualStrokesLevels(noise, edits.length).filter((level) => level > strokes.least).length
        : edits.length;
    field.max = String(most);
    const steps = whole("edit-steps");
    return mode() === "strokes" ? usualStrokesLevels(noise, steps) : edits[steps - 1];
  }

  /** Shows what the kind of edit needs. */
  function arrange() {
    const now = mode();
    section.dataset.mode = now;
    element("edit-help").textContent = help[now];
    element("edit-brushes").hidden = now === "colorize";
    element("edit-colours").hidden = now !== "strokes";
    element("edit-noises").hidden = now !== "strokes";
    element("edit-invert").hidden = now === "strokes";
    const { edits, strokes } = about.levels;
    input("edit-noise").value = String(Number(strokes.noise.toPrecision(3)));
    input("edit-steps").value = String(now === "strokes" ? strokes.steps : edits.length);
    levels();
    // A mask is no picture of strokes, and the other way round.
    brushes.clear();
    say("");
  }

  /** @throws with what is missing */
  function task(): Task {
    if (!picture) throw new Error("There is no picture yet. Open one, or use the sample.");
    const now = mode();
    const { side } = picture;
    const planes = planesOf(picture);
    const painted = brushes.pixels();
    const mask = Uint8Array.from({ length: side * side }, (_, p) => (painted[4 * p + 3] > 0 ? 1 : 0));
    if (now === "colorize") return { mode: now, side, picture: planes };
    if (now === "inpaint") {
      if (!mask.includes(1)) throw new Error("Nothing is painted: paint over what should be made anew.");
      const whole: Task = { mode: now, side, picture: planes, mask };
      if (!givenAt(whole, about.size).known.unknown.includes(0))
        throw new Error("Nothing of the picture is left. Undo, erase or invert some of what is painted.");
      return whole;
    }
    for (let i = 0; i < planes.length; i++) {
      const p = i % (side * side);
      if (mask[p]) planes[i] = painted[4 * p + Math.floor(i / (side * side))] / 127.5 - 1;
    }
    return { mode: now, side, picture: planes };
  }

  async function run() {
    const controller = new AbortController();
    running = controller;
    const { signal } = controller;
    make.textContent = "Stop";
    try {
      const given = task();
      const [count, seed, own] = [whole("edit-count"), whole("edit-seed"), levels()];
      const label =
        about.classes.length > 0 ? Number(element<HTMLSelectElement>("edit-class").value) : undefined;
      const began = performance.now();
      made.clear();
      for (let i = 0; i < count; i++) {
        const onStep = (step: number) => say(`Result ${i + 1} of ${count}, step ${step} of ${own.length}`);
        const steps = editSteps(about, given, i, { levels: own, seed, label });
        const { imageFunction } = await inSteps(network, about, { ...steps, onStep, signal });
        await made.add(imageFunction, given);
      }
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      const many = (n: number, what: string) => `${n} ${what}${n === 1 ? "" : "s"}`;
      say(`${many(count, "result")} of ${many(own.length, "step")} in ${seconds} s`);
    } catch (error) {
      if (signal.aborted) say("Stopped.");
      else fail(error);
    }
    make.textContent = "Make";
    running = undefined;
  }

  for (const [i, label] of about.classes.entries())
    element<HTMLSelectElement>("edit-class").add(new Option(label, String(i)));
  element("edit-classes").hidden = about.classes.length === 0;
  input("edit-seed").value = String(about.seed);
  arrange();

  const onClick = (id: string, act: () => unknown) => element(id).addEventListener("click", () => act());
  make.addEventListener("click", () => (running ? running.abort() : run()));
  onClick("edit-undo", brushes.undo);
  onClick("edit-clear", brushes.clear);
  onClick("edit-invert", brushes.invert);
  onClick("edit-take", () => take().catch(fail));
  onClick("edit-close", () => {
    running?.abort();
    section.hidden = true;
    element("edit").focus();
  });
  for (const radio of document.querySelectorAll('#edit-controls input[name="mode"]'))
    radio.addEventListener("change", arrange);
  input("edit-noise").addEventListener("input", levels);
  input("edit-size").addEventListener("change", () => made.redraw().catch(fail));
  element("edit-controls").addEventListener("submit", (event) => event.preventDefault());

  async function open(file?: File) {
    section.hidden = false;
    section.scrollIntoView();
    try {
      if (file) show(await filePicture(file, about.size));
      else if (!picture) await take();
    } catch (error) {
      fail(error);
    }
  }
  input("edit-file").addEventListener("change", () => {
    const file = input("edit-file").files?.[0];
    input("edit-file").value = "";
    if (file) open(file);
  });
  onClick("edit", open);
  return { open };
}
