// What a canvas is drawn on with: a function made ready, the tables of a frame, and what turns them into pixels.
import type { HostArray } from "@imagefn/ops";
import { coordinatesOf } from "./architecture.js";
import { coordinate } from "./coordinate.js";
import { type AxisTable, axisTable, type Tables } from "./evaluator.js";
import type { InrLayer } from "./generate.js";
import { type ImageFunction, outputLayers } from "./imageFunction.js";
import { axesOf, type Frame } from "./view.js";

/** An image function made ready for many frames. */
export interface Prepared {
  readonly kind: "center" | "paper";
  readonly outputs: number;
  readonly rows: AxisTable;
  readonly columns: AxisTable;
  /** The layers after the first. */
  readonly rest: readonly InrLayer<HostArray>[];
}

export function prepare(fn: ImageFunction): Prepared {
  const [{ weight, bias }, ...rest] = outputLayers(fn);
  return {
    kind: coordinatesOf(fn.architecture),
    outputs: weight.shape[1],
    rows: axisTable(fn.architecture, { weight, bias }, 0),
    columns: axisTable(fn.architecture, { weight }, 1),
    rest,
  };
}

/** Whose canvas is drawn on. */
export type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Turns frames into pixels. */
export interface Surface {
  /** Takes tables whose rows are numbered from below, as on the canvases of GPU.js. */
  readonly bottomUp: boolean;
  /** Takes tables whose columns are a multiple of this. */
  readonly columns: number;
  /** Computes a frame. What it gives puts the frame on the canvas, and has to be called at once. */
  draw(fn: Prepared, tables: Tables, size: Frame, context: Context): Promise<() => void>;
  /** Ready when all frames are drawn, so that they do not pile up. */
  done?(): Promise<unknown>;
  dispose(): Promise<void>;
}

/** Tables of one frame after another, in memory that is only replaced by larger. */
export function frameTables({
  bottomUp,
  columns,
}: Pick<Surface, "bottomUp" | "columns">): (fn: Prepared, frame: Frame) => Tables {
  const memory = { rows: new Float32Array(0), columns: new Float32Array(0) };
  return (fn, frame) => {
    const { width, height } = frame;
    const spans = axesOf(frame);
    const fill = (axis: "rows" | "columns", n: number, multiple: number, place: (i: number) => number) => {
      const { stride, fill } = fn[axis];
      const count = Math.ceil(n / multiple) * multiple;
      if (memory[axis].length < count * stride) memory[axis] = new Float32Array(count * stride);
      const table = memory[axis].subarray(0, count * stride);
      fill(table, count, (i) => coordinate(place(i), n, fn.kind, spans[axis]));
      return table;
    };
    return {
      outputs: fn.outputs,
      stride: fn.rows.stride,
      rows: fill("rows", height, 1, bottomUp ? (i) => height - 1 - i : (i) => i),
      columns: fill("columns", width, columns, (i) => i),
    };
  };
}
