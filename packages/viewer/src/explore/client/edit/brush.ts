// Where the brush is: it follows one pointer, or the arrow keys.

/** A point in fractions of the canvas. */
type Point = readonly [x: number, y: number];

/** What a brush does. */
interface BrushActs {
  /** In fractions of the canvas. */
  width(): number;
  resize(factor: number): void;
  undo(): void;
  /** Begins a stroke at a point, .. */
  begin(point: Point): void;
  /** .. and goes on with it. */
  go(points: readonly Point[]): void;
}

/** How far an arrow key moves. */
const STEP = 1 / 32;

/** Listens to pointers and keys on a canvas. */
export function brushOf(canvas: HTMLCanvasElement, outline: HTMLElement, acts: BrushActs): void {
  let at: Point = [0.5, 0.5];
  /** The pointer that paints; further fingers do not. */
  let pointer: number | undefined;

  const pointOf = ({ clientX, clientY }: MouseEvent): Point => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return [(clientX - left) / width, (clientY - top) / height];
  };

  function follow(point: Point) {
    at = point;
    outline.hidden = false;
    const { style } = outline;
    style.left = `${100 * at[0]}%`;
    style.top = `${100 * at[1]}%`;
    style.width = `${100 * acts.width()}%`;
  }

  function move(x: number, y: number, paint: boolean) {
    const inside = (v: number) => Math.min(1, Math.max(0, v));
    const next: Point = [inside(at[0] + x * STEP), inside(at[1] + y * STEP)];
    if (paint) {
      acts.begin(at);
      acts.go([next]);
    }
    follow(next);
  }

  const keys: Record<string, (event: KeyboardEvent) => void> = {
    ArrowLeft: ({ shiftKey }) => move(-1, 0, shiftKey),
    ArrowRight: ({ shiftKey }) => move(1, 0, shiftKey),
    ArrowUp: ({ shiftKey }) => move(0, -1, shiftKey),
    ArrowDown: ({ shiftKey }) => move(0, 1, shiftKey),
    " ": () => acts.begin(at),
    "[": () => acts.resize(0.8),
    "]": () => acts.resize(1.25),
    z: () => acts.undo(),
  };

  canvas.addEventListener("keydown", (event) => {
    const undoes = (event.ctrlKey || event.metaKey) && event.key === "z";
    const act = (event.ctrlKey || event.metaKey || event.altKey) && !undoes ? undefined : keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act(event);
    follow(at);
  });
  canvas.addEventListener("focus", () => follow(at));
  canvas.addEventListener("blur", () => {
    outline.hidden = true;
  });
  canvas.addEventListener("pointerdown", (event) => {
    if (pointer !== undefined || event.button !== 0) return;
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    acts.begin(pointOf(event));
    follow(pointOf(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (pointer === event.pointerId) {
      // All places since the last frame: a fast line stays round.
      const events = event.getCoalescedEvents();
      acts.go((events.length > 0 ? events : [event]).map(pointOf));
    }
    if (pointer === undefined || pointer === event.pointerId) follow(pointOf(event));
  });
  for (const end of ["pointerup", "pointercancel"] as const)
    canvas.addEventListener(end, (event) => {
      if (event.pointerId === pointer) pointer = undefined;
    });
  canvas.addEventListener("pointerleave", () => {
    if (document.activeElement !== canvas) outline.hidden = true;
  });
}
