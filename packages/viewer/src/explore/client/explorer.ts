// The page of an explorer: joins its controls to the generator, the window and the canvases. Its entry gives it the generator.
import { canvasRenderer, type ImageFunction, renderBytes } from "@imagefn/inr";
import type { Source } from "../about.js";
import { addressOf, addressWriter, type Seen, seenAt, wholePicture } from "./address.js";
import { inBands } from "./bands.js";
import { element, input, whole } from "./controls.js";
import { openFunction, pictures, saveFunction } from "./downloads.js";
import { type Drawing, drawBilinear, drawing } from "./drawing.js";
import { editor } from "./edit/editor.js";
import { network } from "./network.js";
import { generator } from "./samples.js";
import { viewport } from "./viewport.js";

const canvas = element<HTMLCanvasElement>("function");
const beside = element<HTMLCanvasElement>("bilinear");

/** Shows what is wrong at the top of the page; without a reason, hides the message. */
function tell(reason = ""): void {
  const message = element("message");
  message.textContent = reason;
  message.hidden = reason === "";
}

async function start({ about, model }: Source): Promise<void> {
  let shown: ImageFunction | undefined;
  let native: ImageBitmap | undefined;
  /** The name of the file that is shown in place of a sample. */
  let file: string | undefined;
  let draw: Drawing | undefined;
  let savePicture: ReturnType<typeof pictures> | undefined;
  let opening: Promise<void> | undefined;

  const usual: Seen = {
    ...{
      seed: about.seed,
      sample: 0,
      other: 1,
      mix: 0,
      steps: 1,
      width: 512,
      height: 512,
      view: wholePicture,
    },
  };
  const remember = addressWriter(() => addressOf(seen(), usual));

  const paint = (moving: boolean) => {
    if (native) drawBilinear(beside, native, lens.view());
    draw?.request(moving);
    remember();
  };
  const lens = viewport([canvas, beside], () => paint(true));

  async function open(fn: ImageFunction) {
    const opened = await canvasRenderer(fn, { canvas });
    const { backend, missing } = opened;
    const renderer = inBands(opened, canvas, fn);
    const threads = renderer.threads > 1 ? ` on ${renderer.threads} threads` : "";
    const why = missing.length > 0 ? ` (${missing.join("; ")})` : "";
    element("backend").textContent = `Drawn by ${backend}${threads}${why}.`;
    savePicture = pictures(backend);
    draw = drawing({
      renderer,
      canvas,
      view: lens.view,
      fail: tell,
      drawn({ width, height, view }, milliseconds) {
        const zoom = 1 / view!.width;
        element("frame").textContent =
          `${width} x ${height} pixels, ${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
        element("zoom").textContent =
          `${zoom < 10 ? zoom.toFixed(2) : Math.round(zoom).toLocaleString("en-US")} x`;
        canvas.dataset.drawn = String(Number(canvas.dataset.drawn ?? 0) + 1);
      },
    });
    show = (next) => {
      renderer.use(next);
      return true;
    };
  }
  let show: (fn: ImageFunction) => boolean = () => false;

  /** Shows a function on both canvases. */
  async function present(fn: ImageFunction, moving: boolean) {
    shown = fn;
    if (!show(fn)) {
      opening ??= open(fn);
      await opening;
      show(shown);
    }
    const { width, height, data } = await renderBytes(fn, { width: about.size, height: about.size });
    native = await createImageBitmap(new ImageData(data, width, height));
    paint(moving);
  }

  const run = network({ about, model });
  const make = generator(
    run,
    about,
    ({ imageFunction, milliseconds }) => {
      if (file !== undefined) return;
      element("generated").textContent = `Generated in ${Math.round(milliseconds)} ms.`;
      present(imageFunction, true).then(() => tell(), failed);
    },
    failed,
  );

  /** Asks for the sample that the controls describe. */
  function sample() {
    file = undefined;
    const label = element<HTMLSelectElement>("class").value;
    const mix = Number(input("mix").value) / 100;
    element("mixed").textContent = `${Math.round(100 * mix)} %`;
    element("shown").textContent =
      mix === 0 ? `sample ${whole("sample")}` : `between samples ${whole("sample")} and ${whole("other")}`;
    make({
      seed: whole("seed"),
      sample: whole("sample"),
      other: whole("other"),
      mix,
      steps: whole("steps"),
      ...(label === "" ? {} : { label: Number(label) }),
    });
  }

  async function take(chosen: File | undefined) {
    if (!chosen) return;
    try {
      const fn = await openFunction(chosen);
      file = chosen.name;
      element("shown").textContent = chosen.name;
      element("generated").textContent = "";
      await present(fn, false);
      tell();
    } catch (error) {
      failed(error);
    }
  }

  /** What the page shows, by its controls. */
  function seen(): Seen {
    const label = element<HTMLSelectElement>("class").value;
    return {
      seed: whole("seed"),
      sample: file === undefined ? whole("sample") : undefined,
      label: label === "" ? undefined : Number(label),
      other: whole("other"),
      mix: Number(input("mix").value),
      steps: whole("steps"),
      width: whole("width"),
      height: whole("height"),
      view: lens.view(),
    };
  }

  /** Sets the controls to what the address says, and shows it. */
  function restore() {
    const { view, label, ...fields } = seenAt(
      location.hash,
      usual,
      about.classes.length,
      about.levels.samples.length,
    );
    for (const [id, value] of Object.entries(fields)) input(id).value = String(value);
    element<HTMLSelectElement>("class").value = label === undefined ? "" : String(label);
    lens.show(view);
    reshape();
    sample();
  }

  /** A name for the saved file, in characters that every system allows. */
  function saveName(): string {
    const mix = Number(input("mix").value);
    const label = element<HTMLSelectElement>("class").value;
    const name =
      file?.replace(/\.safetensors$/i, "") ??
      `${about.name}-seed${whole("seed")}-${whole("sample")}` +
        (mix > 0 ? `-to-${whole("other")}-${mix}` : "") +
        (label === "" ? "" : `-class${label}`) +
        (whole("steps") > 1 ? `-steps${whole("steps")}` : "");
    return name.replace(/[^A-Za-z0-9._-]+/g, "_");
  }

  /** The picture's width and height also shape the canvases, within a square of constant size. */
  function reshape() {
    const ratio = whole("width") / whole("height");
    for (const { style } of [canvas, beside]) {
      style.width = `${100 * Math.min(1, ratio)}%`;
      style.aspectRatio = String(ratio);
    }
    paint(false);
  }

  element("size").textContent = `${about.size} x ${about.size}`;
  const classes = element<HTMLSelectElement>("class");
  about.classes.forEach((name, i) => classes.add(new Option(name, String(i))));
  element("classes").hidden = about.classes.length === 0;
  input("steps").max = String(about.levels.samples.length);
  element("stepping").hidden = about.levels.samples.length === 1;

  for (const id of ["seed", "sample", "other", "mix", "class", "steps"])
    element(id).addEventListener("input", sample);
  for (const [id, by] of [
    ["previous", -1],
    ["next", 1],
  ] as const)
    element(id).addEventListener("click", () => {
      input("sample").value = String(Math.max(0, whole("sample") + by));
      sample();
    });
  element("random").addEventListener("click", () => {
    input("sample").value = String(Math.floor(Math.random() * 1_000_000));
    sample();
  });
  for (const id of ["width", "height"]) input(id).addEventListener("input", reshape);
  element("whole").addEventListener("click", () => lens.show(wholePicture));
  element("safetensors").addEventListener("click", () => {
    if (shown) saveFunction(shown, saveName());
  });
  element<HTMLButtonElement>("png").addEventListener("click", async ({ currentTarget }) => {
    const button = currentTarget as HTMLButtonElement;
    if (!shown || !savePicture) return;
    button.disabled = true;
    try {
      await savePicture(shown, whole("width"), whole("height"), saveName());
      tell();
    } catch (error) {
      failed(error);
    }
    button.disabled = false;
  });
  input("file").addEventListener("change", () => {
    take(input("file").files?.[0]);
    input("file").value = "";
  });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    const dropped = event.dataTransfer?.files[0];
    if (dropped?.type.startsWith("image/")) edits.open(dropped);
    else take(dropped);
  });
  const edits = editor({
    about,
    network: run,
    shown: () => (shown ? { fn: shown, name: element("shown").textContent! } : undefined),
    name: saveName,
  });
  new ResizeObserver(() => paint(false)).observe(canvas);
  element("controls").addEventListener("submit", (event) => event.preventDefault());

  window.addEventListener("hashchange", restore);
  restore();
}

function failed(error: unknown): void {
  tell((error as Error).message);
}

/** Runs the page, and shows in it why it cannot. */
export async function explore(source: Promise<Source>): Promise<void> {
  await source.then(start).catch(failed);
}
