// What every renderer shares: the first layer as two tables, and the block as the unit of work.
import type { HostArray } from "@imagefn/ops";
import { affine, packLayer } from "./affine.js";
import { coordinatesOf, type InrArchitecture } from "./architecture.js";
import { type Area, coordinate } from "./coordinate.js";
import { frequencies } from "./frequencies.js";
import type { InrLayer } from "./generate.js";

/** Computes blocks of one picture: the values [height, width, 3] of an area, in a buffer that the next call may reuse. */
export interface Evaluator {
  evaluate(block: Area): Float32Array | Promise<Float32Array>;
  dispose?(): void | Promise<void>;
}

/** What an evaluator is made of. */
export interface EvaluatorInput {
  readonly tables: Tables;
  /** The layers after the first. */
  readonly rest: readonly InrLayer<HostArray>[];
  /** The largest block that will be asked for. Each is as wide as this, or a single row. */
  readonly block: { readonly height: number; readonly width: number };
}

/** The first layer before its ReLU, at pixel (i, j) of the area: rows[i] + columns[j]. */
export interface Tables {
  readonly outputs: number;
  /** Numbers from one pixel's outputs to the next one's. */
  readonly stride: number;
  /** [area height, stride], with the bias. */
  readonly rows: Float32Array;
  /** [area width, stride] */
  readonly columns: Float32Array;
}

/** One axis of the first layer, from coordinates to a table. */
export interface AxisTable {
  readonly stride: number;
  /** Writes the rows [count, stride] of a table for the coordinates of 0 .. count - 1. */
  fill(table: Float32Array, count: number, coordinateOf: (i: number) => number): void;
}

/** Coordinates that are embedded together. */
const CHUNK = 64;

/**
 * The part of the first layer that belongs to rows (axis 0) or columns (axis 1), with the bias if one is given.
 * The embedding of a row does not depend on the column, so the layer is exactly the sum of two products:
 * (height + width) of them in place of height * width.
 * Angles reach pi peSigma, 3217 radians for the paper's functions: they and their cosines are double precision.
 */
export function axisTable(
  architecture: InrArchitecture,
  { weight, bias }: { readonly weight: HostArray; readonly bias?: HostArray },
  axis: 0 | 1,
): AxisTable {
  const w = frequencies(architecture);
  const n = w.length;
  const outputs = weight.shape[1];
  // Rows of the weight: cosines of row, cosines of column, then sines of row, sines of column.
  const part = (from: number) => weight.data.subarray(from * n * outputs, (from + 1) * n * outputs);
  const half = new Float32Array(2 * n * outputs);
  half.set(part(axis));
  half.set(part(2 + axis), n * outputs);
  const layer = packLayer({ shape: [2 * n, outputs], data: half }, bias?.data);
  const embedding = new Float32Array(CHUNK * 2 * n);
  const { stride } = layer;
  return {
    stride,
    fill(table, count, coordinateOf) {
      for (let from = 0; from < count; from += CHUNK) {
        const points = Math.min(CHUNK, count - from);
        for (let i = 0, at = 0; i < points; i++, at += 2 * n) {
          const c = Math.PI * coordinateOf(from + i);
          for (let k = 0; k < n; k++) {
            embedding[at + k] = Math.cos(c * w[k]);
            embedding[at + n + k] = Math.sin(c * w[k]);
          }
        }
        affine(layer, embedding, 2 * n, table.subarray(from * stride), points, false);
      }
    },
  };
}

/** Tables of the first layer for an area of a picture. */
export function firstLayerTables(
  architecture: InrArchitecture,
  { weight, bias }: InrLayer<HostArray>,
  full: { readonly height: number; readonly width: number },
  area: Area,
): Tables {
  const kind = coordinatesOf(architecture);
  const table = (axis: 0 | 1, first: number, count: number, size: number) => {
    const { stride, fill } = axisTable(architecture, axis === 0 ? { weight, bias } : { weight }, axis);
    const data = new Float32Array(count * stride);
    fill(data, count, (i) => coordinate(first + i, size, kind));
    return { data, stride };
  };
  const rows = table(0, area.top, area.height, full.height);
  const columns = table(1, area.left, area.width, full.width);
  return { outputs: weight.shape[1], stride: rows.stride, rows: rows.data, columns: columns.data };
}

/** `count` rows of a table from `first` on, without padding; rows after the end are zeros, and not used. */
export function tableSlice(
  { outputs, stride, ...tables }: Tables,
  axis: "rows" | "columns",
  first: number,
  count: number,
): Float32Array {
  const table = tables[axis];
  const out = new Float32Array(count * outputs);
  const present = Math.min(count, table.length / stride - first);
  for (let i = 0; i < present; i++) {
    const at = (first + i) * stride;
    out.set(table.subarray(at, at + outputs), i * outputs);
  }
  return out;
}
