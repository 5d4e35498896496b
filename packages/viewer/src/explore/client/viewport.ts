// Zoom and pan with wheel, pointers and keys: one window onto the picture for all canvases.
import type { View } from "@imagefn/inr";
import { closest } from "./address.js";

export interface Viewport {
  view(): View;
  /** Shows a part of the picture, as wide as high. */
  show(view: View): void;
}

/**
 * A window that canvases share.
 * @param changed called after each change
 */
export function viewport(canvases: readonly HTMLCanvasElement[], changed: () => void): Viewport {
  let [left, top, extent] = [0, 0, 1];
  /** Pointers that are down, by their numbers. */
  const pointers = new Map<number, { x: number; y: number }>();

  function set(to: { left: number; top: number; extent?: number }) {
    extent = Math.min(1, Math.max(closest, to.extent ?? extent));
    left = Math.min(1 - extent, Math.max(0, to.left));
    top = Math.min(1 - extent, Math.max(0, to.top));
    // There is nothing to pan in the whole picture: a finger on it scrolls the page.
    for (const { style } of canvases) style.touchAction = extent < 1 ? "none" : "pan-y";
    changed();
  }

  /** Zooms by a factor; the point at (x, y), from 0 to 1 on the canvas, stays where it is. */
  function zoom(factor: number, x = 0.5, y = 0.5) {
    const next = Math.min(1, Math.max(closest, extent / factor));
    set({ left: left + x * (extent - next), top: top + y * (extent - next), extent: next });
  }

  const pan = (x: number, y: number) => set({ left: left + x * extent, top: top + y * extent });

  const keys: Record<string, () => void> = {
    ArrowLeft: () => pan(-0.1, 0),
    ArrowRight: () => pan(0.1, 0),
    ArrowUp: () => pan(0, -0.1),
    ArrowDown: () => pan(0, 0.1),
    "+": () => zoom(1.25),
    "=": () => zoom(1.25),
    "-": () => zoom(0.8),
    "0": () => set({ left: 0, top: 0, extent: 1 }),
  };

  /** Middle of the pointers that are down, and how far apart they are, on a canvas. */
  function grip(canvas: HTMLCanvasElement) {
    const box = canvas.getBoundingClientRect();
    const at = [...pointers.values()].map(({ x, y }) => [
      (x - box.left) / box.width,
      (y - box.top) / box.height,
    ]);
    const [x, y] = [0, 1].map((axis) => at.reduce((sum, p) => sum + p[axis], 0) / at.length);
    const apart = at.length > 1 ? Math.hypot(at[0][0] - at[1][0], at[0][1] - at[1][1]) : 1;
    return { x, y, apart };
  }

  for (const canvas of canvases) {
    canvas.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        const box = canvas.getBoundingClientRect();
        const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
        zoom(
          Math.exp(-0.002 * lines * event.deltaY),
          (event.clientX - box.left) / box.width,
          (event.clientY - box.top) / box.height,
        );
      },
      { passive: false },
    );
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!pointers.has(event.pointerId)) return;
      const before = grip(canvas);
      pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      const after = grip(canvas);
      pan(before.x - after.x, before.y - after.y);
      if (pointers.size > 1 && before.apart > 0) zoom(after.apart / before.apart, after.x, after.y);
    });
    for (const end of ["pointerup", "pointercancel"] as const)
      canvas.addEventListener(end, (event) => pointers.delete(event.pointerId));
    canvas.addEventListener("dblclick", () => zoom(2));
    canvas.addEventListener("keydown", (event) => {
      const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
      if (act === undefined) return;
      event.preventDefault();
      act();
    });
  }
  return {
    view: () => ({ left, top, width: extent, height: extent }),
    show: ({ left, top, width }) => set({ left, top, extent: width }),
  };
}
