// Files that the page saves and opens: pictures of any size, and image functions.
import {
  type CanvasBackend,
  type CanvasRenderer,
  canvasRenderer,
  type ImageFunction,
  loadImageFunction,
  saveImageFunction,
} from "@imagefn/inr";

/** Side of the tiles that a picture is drawn in, in pixels. */
const TILE = 512;
/** Limits of a canvas in browsers. */
const MOST_PIXELS = 2 ** 28;
const LONGEST = 16_384;
/** The paper's functions take 1 MB. */
const LARGEST_FILE = 64 * 2 ** 20;
/** Wider functions take minutes per frame. */
const WIDEST = 512;

/** Offers a file to be saved. */
export function offer(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Saves the function as .safetensors. */
export const saveFunction = (fn: ImageFunction, name: string): void =>
  offer(new Blob([saveImageFunction(fn) as BlobPart]), `${name}.safetensors`);

/** Draws whole pictures tile by tile, on a canvas of its own that is created on first use. */
export function pictures(backend: CanvasBackend) {
  let own: Promise<{ canvas: OffscreenCanvas; renderer: CanvasRenderer }> | undefined;

  async function open(fn: ImageFunction) {
    const canvas = new OffscreenCanvas(1, 1);
    return { canvas, renderer: await canvasRenderer(fn, { canvas, backend }) };
  }

  /** Saves the whole picture as PNG. @throws if it is too large for a browser, with advice. */
  return async (fn: ImageFunction, width: number, height: number, name: string): Promise<void> => {
    if (Math.max(width, height) > LONGEST || width * height > MOST_PIXELS)
      throw new Error(
        `${width} x ${height} pixels are too many for a browser (at most ${LONGEST} on a side, 16384 x 16384 in all). ` +
          "Choose a smaller size, or save the function and render it with @imagefn/inr.",
      );
    own ??= open(fn);
    const { canvas, renderer } = await own;
    renderer.use(fn);
    const whole = new OffscreenCanvas(width, height);
    const context = whole.getContext("2d")!;
    for (let y = 0; y < height; y += TILE)
      for (let x = 0; x < width; x += TILE) {
        const tile = { width: Math.min(TILE, width - x), height: Math.min(TILE, height - y) };
        await renderer.draw({
          ...tile,
          view: { left: x / width, top: y / height, width: tile.width / width, height: tile.height / height },
        });
        context.drawImage(canvas, x, y);
      }
    offer(await whole.convertToBlob({ type: "image/png" }), `${name}-${width}x${height}.png`);
  };
}

/** The image function in a file. @throws with a sentence for the page. */
export async function openFunction(file: File): Promise<ImageFunction> {
  if (file.size > LARGEST_FILE)
    throw new Error(
      `${file.name} is too large for an image function (${Math.round(file.size / 2 ** 20)} MiB, at most ` +
        `${LARGEST_FILE / 2 ** 20}). Choose a file from the functions/ folder of a run.`,
    );
  let fn: ImageFunction;
  try {
    fn = loadImageFunction(new Uint8Array(await file.arrayBuffer()));
  } catch (error) {
    throw new Error(`${file.name} cannot be shown: ${(error as Error).message.replace(/^inr: /, "")}.`);
  }
  const { width, peDim } = fn.architecture;
  if (Math.max(width, peDim) > WIDEST)
    throw new Error(
      `${file.name} is too large to draw in a page (width ${width}, peDim ${peDim}, at most ${WIDEST}). ` +
        "Render it with `renderBytes` of @imagefn/inr.",
    );
  return fn;
}
