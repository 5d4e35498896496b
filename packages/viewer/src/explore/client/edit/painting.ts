// Painting over a picture with pointer or keys: strokes that can be undone, as a mask or as colours.
import { brushOf } from "./brush.js";

/** A point in fractions of the picture. */
type Point = readonly [x: number, y: number];

/** What was painted at a time: a line, or the exchange of painted and unpainted parts. */
type Act =
  | { readonly points: Point[]; readonly width: number; readonly colour: string; readonly erase: boolean }
  | "invert";

/** How the next stroke is painted. */
export interface Brush {
  /** In fractions of the picture's side. */
  readonly width: number;
  readonly colour: string;
  readonly erase: boolean;
}

export interface Painting {
  /** Begins anew on a picture of so many pixels a side. */
  reset(side: number): void;
  undo(): void;
  clear(): void;
  invert(): void;
  /** RGBA bytes of what is painted: alpha is 255 or 0. */
  pixels(): Uint8ClampedArray;
}

/** The colour of a mask. */
const MASK = "#d81b60";

/**
 * A canvas over a picture that is painted on.
 * @param outline an element that shows where the brush is
 * @param brush how the next stroke is painted
 * @param resize changes the brush's size by a factor
 */
export function painting(
  canvas: HTMLCanvasElement,
  outline: HTMLElement,
  brush: () => Brush,
  resize: (factor: number) => void,
): Painting {
  const acts: Act[] = [];
  const context = canvas.getContext("2d", { willReadFrequently: true })!;

  function show(act: Act, from = 0) {
    const { width: side } = canvas;
    context.save();
    if (act === "invert") {
      context.globalCompositeOperation = "xor";
      context.fillStyle = MASK;
      context.fillRect(0, 0, side, side);
    } else {
      context.globalCompositeOperation = act.erase ? "destination-out" : "source-over";
      context.strokeStyle = act.colour;
      context.lineWidth = Math.max(1, act.width * side);
      context.lineCap = "round";
      context.lineJoin = "round";
      const [first, ...rest] = act.points.slice(Math.max(0, from - 1));
      context.beginPath();
      context.moveTo(first[0] * side, first[1] * side);
      // A line to itself is a dot.
      for (const [x, y] of rest.length > 0 ? rest : [first]) context.lineTo(x * side, y * side);
      context.stroke();
    }
    context.restore();
  }

  function redraw() {
    context.clearRect(0, 0, canvas.width, canvas.height);
    for (const act of acts) show(act);
  }

  const add = (act: Act) => {
    acts.push(act);
    show(act);
  };

  const undo = () => {
    acts.pop();
    redraw();
  };

  brushOf(canvas, outline, {
    width: () => brush().width,
    resize,
    undo,
    begin: (point) => add({ ...brush(), points: [point] }),
    go(points) {
      const act = acts.at(-1);
      if (act === undefined || act === "invert") return;
      const from = act.points.length;
      act.points.push(...points);
      show(act, from);
    },
  });

  return {
    undo,
    reset(side) {
      acts.length = 0;
      canvas.width = side;
      canvas.height = side;
    },
    clear() {
      acts.length = 0;
      redraw();
    },
    invert: () => add("invert"),
    pixels() {
      const { width, height } = canvas;
      const { data } = context.getImageData(0, 0, width, height);
      for (let i = 3; i < data.length; i += 4) data[i] = data[i] >= 128 ? 255 : 0;
      return data;
    },
  };
}

/** The brush of a mask. */
export const maskBrush = (width: number, erase: boolean): Brush => ({ width, erase, colour: MASK });
