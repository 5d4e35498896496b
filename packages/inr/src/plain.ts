// The renderer in plain code: no dependency, no start-up, the same bits for any tile.
import { affine, packLayer } from "./affine.js";
import { CHANNELS } from "./architecture.js";
import type { Area } from "./coordinate.js";
import type { Evaluator, EvaluatorInput } from "./evaluator.js";

/** Points that go through all layers together: few enough that they stay in the fast caches. */
const CHUNK = 128;

/** Evaluates blocks layer by layer in small chunks. */
export function plainEvaluator({ tables, rest, block }: EvaluatorInput): Evaluator {
  const layers = rest.map(({ weight, bias }) => packLayer(weight, bias.data));
  const widest = Math.max(tables.stride, ...layers.map((l) => l.stride));
  let x = new Float32Array(CHUNK * widest);
  let y = new Float32Array(CHUNK * widest);
  const out = new Float32Array(block.height * block.width * CHANNELS);

  /** The first layer at points from .. from + count of the block, into x. */
  function first({ top, left, width }: Area, from: number, count: number): void {
    const { rows, columns, stride } = tables;
    const lowest = layers.length > 0 ? 0 : Number.NEGATIVE_INFINITY;
    for (let p = 0, to = 0; p < count; p++) {
      let atRow = (top + Math.floor((from + p) / width)) * stride;
      let atColumn = (left + ((from + p) % width)) * stride;
      for (const end = to + stride; to < end; to++, atRow++, atColumn++) {
        x[to] = Math.max(rows[atRow] + columns[atColumn], lowest);
      }
    }
  }

  return {
    evaluate(area) {
      const points = area.height * area.width;
      for (let from = 0; from < points; from += CHUNK) {
        const count = Math.min(CHUNK, points - from);
        first(area, from, count);
        let stride = tables.stride;
        for (const [l, layer] of layers.entries()) {
          affine(layer, x, stride, y, count, l < layers.length - 1);
          [x, y] = [y, x];
          stride = layer.stride;
        }
        for (let p = 0; p < count; p++)
          for (let c = 0; c < CHANNELS; c++) out[(from + p) * CHANNELS + c] = x[p * stride + c];
      }
      return out;
    },
  };
}
