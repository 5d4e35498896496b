// What every renderer shares: the first layer as two tables, and the block as the unit of work.
import type { HostArray } from "@imagefn/ops";
import { affine, packLayer } from "./affine.js";
import type { InrArchitecture } from "./architecture.js";
import { coordinate } from "./coordinates.js";
import { frequencies } from "./embedding.js";
import type { InrLayer } from "./generate.js";

/** A part of a picture, in its pixels. */
export interface Area {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

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

/**
 * Tables of the first layer. The embedding of a row does not depend on the column, so the layer is exactly the sum
 * of two products: (height + width) of them in place of height * width.
 * Angles reach pi peSigma, 3217 radians for the paper's functions: they and their cosines are double precision.
 */
export function firstLayerTables(
  architecture: InrArchitecture,
  { weight, bias }: InrLayer<HostArray>,
  full: { readonly height: number; readonly width: number },
  area: Area,
): Tables {
  const w = frequencies(architecture);
  const n = w.length;
  const outputs = weight.shape[1];
  const { coordinates: kind } = architecture;
  // Rows of the weight: cosines of row, cosines of column, then sines of row, sines of column.
  const half = (axis: number): HostArray => {
    const part = (from: number) => weight.data.subarray(from * n * outputs, (from + 1) * n * outputs);
    const data = new Float32Array(2 * n * outputs);
    data.set(part(axis));
    data.set(part(2 + axis), n * outputs);
    return { shape: [2 * n, outputs], data };
  };
  const table = (axis: number, first: number, count: number, size: number, b?: Float32Array) => {
    const embedding = new Float32Array(count * 2 * n);
    for (let i = 0; i < count; i++) {
      const c = Math.PI * coordinate(first + i, size, kind);
      for (let k = 0; k < n; k++) {
        embedding[2 * n * i + k] = Math.cos(c * w[k]);
        embedding[2 * n * i + n + k] = Math.sin(c * w[k]);
      }
    }
    const layer = packLayer(half(axis), b);
    const y = new Float32Array(count * layer.stride);
    affine(layer, embedding, 2 * n, y, count, false);
    return { y, stride: layer.stride };
  };
  const rows = table(0, area.top, area.height, full.height, bias.data);
  const columns = table(1, area.left, area.width, full.width);
  return { outputs, stride: rows.stride, rows: rows.y, columns: columns.y };
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
