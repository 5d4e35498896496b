// A worker of an explorer's page: draws a band of rows of each frame on the CPU.
import { type CanvasRenderer, canvasRenderer, type Frame, type ImageFunction } from "@imagefn/inr";

/** To the worker: the function to draw from now on, or a frame of it. */
export type ToBand = { readonly fn: ImageFunction } | { readonly frame: Frame };
/** Its answer to a frame. */
export type FromBand = { readonly picture: ImageBitmap } | { readonly error: string };

const canvas = new OffscreenCanvas(1, 1);
let renderer: Promise<CanvasRenderer> | undefined;

async function use(fn: ImageFunction): Promise<CanvasRenderer> {
  if (!renderer) return canvasRenderer(fn, { canvas, backend: "simd" });
  const own = await renderer;
  own.use(fn);
  return own;
}

addEventListener("message", async ({ data }: MessageEvent<ToBand>) => {
  if ("fn" in data) {
    renderer = use(data.fn);
    // Reported with the next frame.
    renderer.catch(() => {});
    return;
  }
  const answer = (message: FromBand, transfer: Transferable[] = []) => postMessage(message, { transfer });
  try {
    await (await renderer!).draw(data.frame);
    const picture = canvas.transferToImageBitmap();
    answer({ picture }, [picture]);
  } catch (error) {
    answer({ error: (error as Error).message });
  }
});
