// Frames on the CPU in bands of rows, each drawn by a worker: threads that share no memory, which need no isolated page.
import type { CanvasRenderer, Frame, ImageFunction } from "@imagefn/inr";
import type { FromBand, ToBand } from "./band.js";

/** More workers than this wait for each other's messages. */
const MOST = 8;
/** Frames of fewer pixels are drawn sooner than they are shared out. */
const FEW = 4096;

/** A renderer of a page, and how many threads it has. */
export interface Banded extends Pick<CanvasRenderer, "draw" | "use"> {
  readonly threads: number;
}

/**
 * The same renderer; where it draws on the CPU and there are several cores, by workers. If one of them fails, the renderer
 * itself goes on.
 * @param fn what it draws at first
 */
export function inBands(renderer: CanvasRenderer, canvas: HTMLCanvasElement, fn: ImageFunction): Banded {
  const threads = Math.min(MOST, navigator.hardwareConcurrency);
  if (renderer.backend !== "simd" || threads < 2)
    return { draw: renderer.draw, use: renderer.use, threads: 1 };
  let workers = Array.from(
    { length: threads },
    () => new Worker(new URL("band.js", location.href), { type: "module" }),
  );
  const send = (worker: Worker, message: ToBand) => worker.postMessage(message);
  /** Fails the frame that is being drawn. */
  let fail = (_: unknown) => {};
  const end = (error: unknown) => {
    for (const worker of workers) worker.terminate();
    workers = [];
    fail(error);
  };
  for (const worker of workers) {
    worker.onerror = (event) => {
      event.preventDefault();
      end(event);
    };
    send(worker, { fn });
  }

  async function draw(frame: Frame): Promise<void> {
    const { width, height } = frame;
    if (workers.length === 0 || width * height < FEW) return renderer.draw(frame);
    const bands = bandsOf(frame, workers.length);
    try {
      const pictures = await new Promise<ImageBitmap[]>((resolve, reject) => {
        fail = reject;
        const all = bands.map(({ frame }, i) => {
          send(workers[i], { frame });
          return pictureOf(workers[i]);
        });
        Promise.all(all).then(resolve, reject);
      });
      if (canvas.width !== width) canvas.width = width;
      if (canvas.height !== height) canvas.height = height;
      const context = canvas.getContext("2d")!;
      pictures.forEach((picture, i) => {
        context.drawImage(picture, 0, bands[i].top);
        picture.close();
      });
    } catch (error) {
      end(error);
      await renderer.draw(frame);
    }
  }

  return {
    draw,
    use(next) {
      renderer.use(next);
      for (const worker of workers) send(worker, { fn: next });
    },
    threads,
  };
}

/** Parts of a frame, from the top to the bottom, of about as many rows each. */
function bandsOf(frame: Frame, count: number): { top: number; frame: Frame }[] {
  const { width, height, view = { left: 0, top: 0, width: 1, height: 1 } } = frame;
  const tops = Array.from({ length: count + 1 }, (_, i) => Math.round((i * height) / count));
  return tops.slice(0, -1).flatMap((top, i) => {
    const rows = tops[i + 1] - top;
    const part = {
      ...view,
      top: view.top + (view.height * top) / height,
      height: (view.height * rows) / height,
    };
    return rows === 0 ? [] : [{ top, frame: { width, height: rows, view: part } }];
  });
}

/** The worker's next picture. */
const pictureOf = (worker: Worker): Promise<ImageBitmap> =>
  new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<FromBand>) => {
      if ("picture" in data) resolve(data.picture);
      else reject(new Error(data.error));
    };
  });
