// Frames of the page: as sharp as the screen, or, while the view moves, only as sharp as keeps the motion smooth.
import type { CanvasRenderer, Frame, View } from "@imagefn/inr";

/** Longest time for a frame while the view moves, .. */
const MOVING_MS = 50;
/** .. and when it rests. */
const RESTING_MS = 2000;
const REST_AFTER_MS = 200;

export interface Drawing {
  /** Draws soon; `moving` if more requests are about to follow. */
  request(moving: boolean): void;
}

export interface DrawingOptions {
  readonly renderer: Pick<CanvasRenderer, "draw">;
  readonly canvas: HTMLCanvasElement;
  readonly view: () => View;
  /** Called after each frame, with the milliseconds it took. */
  readonly drawn: (frame: Frame, milliseconds: number) => void;
  readonly fail: (reason: string) => void;
}

/** Draws on one canvas at its size on the screen. */
export function drawing({ renderer, canvas, view, drawn, fail }: DrawingOptions): Drawing {
  let scheduled = false;
  let running = false;
  let again = false;
  let rest: ReturnType<typeof setTimeout> | undefined;
  /** Milliseconds per pixel of the last frame. */
  let perPixel = 0;
  let moving = false;

  async function frame() {
    scheduled = false;
    if (running) {
      again = true;
      return;
    }
    running = true;
    const ratio = window.devicePixelRatio;
    const full = [canvas.clientWidth * ratio, canvas.clientHeight * ratio];
    const most = (moving ? MOVING_MS : RESTING_MS) / Math.max(perPixel, 1e-9);
    const scale = Math.min(1, Math.sqrt(most / Math.max(1, full[0] * full[1])));
    const [width, height] = full.map((n) => Math.max(1, Math.round(n * scale)));
    const now: Frame = { width, height, view: view() };
    const began = performance.now();
    try {
      await renderer.draw(now);
      const milliseconds = performance.now() - began;
      perPixel = milliseconds / (width * height);
      drawn(now, milliseconds);
      // A small frame overestimates the time per pixel.
      if (!moving && scale < 1 && milliseconds < RESTING_MS / 2) again = true;
    } catch (error) {
      fail((error as Error).message);
    }
    running = false;
    if (again) {
      again = false;
      schedule();
    }
  }

  function schedule() {
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(frame);
  }

  return {
    request(more) {
      clearTimeout(rest);
      moving = more;
      if (more)
        rest = setTimeout(() => {
          moving = false;
          schedule();
        }, REST_AFTER_MS);
      schedule();
    },
  };
}

/** Draws a picture enlarged with bilinear interpolation, the same window of it. */
export function drawBilinear(
  canvas: HTMLCanvasElement,
  picture: ImageBitmap,
  { left, top, width, height }: View,
) {
  const ratio = window.devicePixelRatio;
  canvas.width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  canvas.height = Math.max(1, Math.round(canvas.clientHeight * ratio));
  const context = canvas.getContext("2d")!;
  const [x, y] = [canvas.width / width, canvas.height / height];
  context.imageSmoothingQuality = "low";
  context.setTransform(x / picture.width, 0, 0, y / picture.height, -left * x, -top * y);
  context.drawImage(picture, 0, 0);
}
