// The renderer in WebAssembly with SIMD, one thread: as plain code does it, in single precision.
import { CHANNELS } from "./architecture.js";
import type { Area } from "./coordinate.js";
import type { Evaluator, EvaluatorInput } from "./evaluator.js";
import type { InrLayer } from "./generate.js";
import { simdModule } from "./simdModule.js";

/** Points that go through all layers together: few enough that they stay in the fast caches. */
const CHUNK = 128;
const BYTES = 4;
const PAGE = 65_536;

/** A layer in the module's memory. */
interface Placed {
  readonly weight: number;
  readonly bias: number;
  /** Inputs and outputs, rounded up to a multiple of eight: numbers of a row. */
  readonly inputs: number;
  readonly outputs: number;
}

const eights = (n: number): number => 8 * Math.ceil(n / 8);

/**
 * Evaluates blocks layer by layer in small chunks.
 * @throws where there is no WebAssembly with SIMD
 */
export function simdEvaluator({ tables, rest, block }: EvaluatorInput): Evaluator {
  const { memory, affine, sums } = simdModule();
  let end = 0;
  const room = (numbers: number): number => {
    const at = end;
    end += BYTES * numbers;
    if (end > memory.buffer.byteLength) memory.grow(Math.ceil((end - memory.buffer.byteLength) / PAGE));
    return at;
  };
  const layers = rest.map((layer) => place(layer, room, memory));
  const width = eights(tables.outputs);
  const widest = Math.max(width, ...layers.map(({ outputs }) => outputs));
  const buffers = [room(CHUNK * widest), room(CHUNK * widest)];
  const [rows, columns] = [tables.rows, tables.columns].map((table) =>
    room((table.length / tables.stride) * width),
  );
  // No more room is asked for: from here on the memory stays where it is.
  const numbers = new Float32Array(memory.buffer);
  const out = new Float32Array(block.height * block.width * CHANNELS);
  const lowest = (last: boolean) => (last ? Number.NEGATIVE_INFINITY : 0);

  /** A table with rows of `width` numbers, in the module's memory. */
  function placed(at: number, table: Float32Array): void {
    for (let i = 0, to = at / BYTES; i < table.length; i += tables.stride, to += width)
      numbers.set(table.subarray(i, i + tables.stride), to);
  }
  placed(rows, tables.rows);
  placed(columns, tables.columns);

  /** The first layer at points from .. from + count of the block, into the first buffer. */
  function first({ top, left, width: across }: Area, from: number, count: number): void {
    const floor = lowest(layers.length === 0);
    const row = BYTES * width;
    for (let p = 0; p < count; ) {
      const [i, j] = [Math.floor((from + p) / across), (from + p) % across];
      const points = Math.min(count - p, across - j);
      sums(
        rows + (top + i) * row,
        0,
        0,
        columns + (left + j) * row,
        buffers[0] + p * row,
        row,
        points,
        floor,
      );
      p += points;
    }
  }

  return {
    evaluate(area) {
      const points = area.height * area.width;
      for (let from = 0; from < points; from += CHUNK) {
        const count = Math.min(CHUNK, points - from);
        first(area, from, count);
        let [x, y] = buffers;
        for (const [l, { weight, bias, inputs, outputs }] of layers.entries()) {
          const floor = lowest(l === layers.length - 1);
          affine(x, BYTES * inputs, weight, bias, y, BYTES * outputs, 4 * Math.ceil(count / 4), floor);
          [x, y] = [y, x];
        }
        const stride = layers.at(-1)?.outputs ?? width;
        for (let p = 0, at = x / BYTES, to = from * CHANNELS; p < count; p++, at += stride)
          for (let c = 0; c < CHANNELS; c++) out[to++] = numbers[at + c];
      }
      return out;
    },
  };
}

/** Writes a layer as [outputs / 8, inputs, 8], with zeros for what is over. */
function place(
  { weight, bias }: InrLayer<{ readonly shape: readonly number[]; readonly data: Float32Array }>,
  room: (numbers: number) => number,
  memory: WebAssembly.Memory,
): Placed {
  const [given, wanted] = weight.shape;
  const [inputs, outputs] = [eights(given), eights(wanted)];
  const placed = { weight: room(inputs * outputs), bias: room(outputs), inputs, outputs };
  const weights = new Float32Array(memory.buffer, placed.weight, inputs * outputs);
  for (let k = 0; k < given; k++)
    for (let j = 0; j < wanted; j++)
      weights[((j >> 3) * inputs + k) * 8 + (j & 7)] = weight.data[k * wanted + j];
  new Float32Array(memory.buffer, placed.bias, outputs).set(bias.data);
  return placed;
}
