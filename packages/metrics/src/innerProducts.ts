// Inner products of all rows of one set with all rows of another, block by block, on an engine or in plain code.
import { type Engine, engine, matmul, program, type Runnable } from "@imagefn/ops";
import { addProducts, padded } from "./linear/products.js";

/** Rows of a block: its products take 4 MB, and its rows 8 MB for 2048 numbers each. */
const BLOCK = 1024;

/** Multiplications for which plain code takes some seconds, and an engine is worth loading. */
const WORTH_AN_ENGINE = 4e9;

/** What computes inner products of features. */
export interface EngineChoice {
  /**
   * What multiplies: an engine of @imagefn/ops (float32), or "plain" code (float64, about a hundred times slower). By
   * default plain code for small sets, and for large ones the engine that suits the machine.
   */
  readonly engine?: Engine | "plain";
}

/** The rows of a set, as they enter products. */
export interface Rows {
  readonly count: number;
  /** Writes n rows from `first` on into `out`. */
  read(out: Float32Array | Float64Array, first: number, n: number): void;
}

/** One block of products: those of row i of a and row j of b are at data[(i - firstA) * stride + j - firstB]. */
export interface Block {
  readonly firstA: number;
  readonly endA: number;
  readonly firstB: number;
  readonly endB: number;
  readonly data: Float32Array | Float64Array;
  readonly stride: number;
}

export interface InnerProducts {
  /** Calls `visit` with each block; with itself as b, only with the blocks on and above the diagonal. */
  each(a: Rows, b: Rows, visit: (block: Block) => void): Promise<void>;
  dispose(): Promise<void>;
}

/**
 * Prepares inner products of rows of `dims` numbers. Memory: two blocks of rows and one of products, whatever the sets.
 * @param work how many multiplications there will be, for the choice of an engine
 */
export async function innerProducts(
  dims: number,
  largest: number,
  work: number,
  choice: EngineChoice,
): Promise<InnerProducts> {
  const side = padded(Math.min(BLOCK, largest));
  const chosen = choice.engine ?? (work < WORTH_AN_ENGINE ? "plain" : (await engine()).engine);
  const multiply = chosen === "plain" ? plainMultiply(dims, side) : await engineMultiply(chosen, dims, side);
  const { rowsA, rowsB } = multiply;

  return {
    async each(a, b, visit) {
      for (let firstA = 0; firstA < a.count; firstA += side) {
        const endA = Math.min(firstA + side, a.count);
        readPadded(a, rowsA, firstA, endA, dims);
        for (let firstB = a === b ? firstA : 0; firstB < b.count; firstB += side) {
          const endB = Math.min(firstB + side, b.count);
          readPadded(b, rowsB, firstB, endB, dims);
          visit({ firstA, endA, firstB, endB, data: await multiply.run(), stride: side });
        }
      }
    },
    dispose: multiply.dispose,
  };
}

function readPadded(
  rows: Rows,
  out: Float32Array | Float64Array,
  first: number,
  end: number,
  dims: number,
): void {
  rows.read(out, first, end - first);
  out.fill(0, (end - first) * dims);
}

interface Multiply {
  readonly rowsA: Float32Array | Float64Array;
  readonly rowsB: Float32Array | Float64Array;
  /** rowsA rowsB^T [side, side] */
  run(): Promise<Float32Array | Float64Array>;
  dispose(): Promise<void>;
}

function plainMultiply(dims: number, side: number): Multiply {
  const rowsA = new Float64Array(side * dims);
  const rowsB = new Float64Array(side * dims);
  const out = new Float64Array(side * side);
  return {
    rowsA,
    rowsB,
    async run() {
      addProducts(out.fill(0), rowsA, rowsB, dims);
      return out;
    },
    async dispose() {},
  };
}

async function engineMultiply(engine: Engine, dims: number, side: number): Promise<Multiply> {
  const shape = [side, dims] as const;
  const products = program({ inputs: { a: shape, b: shape } }, (_, { a, b }) => ({
    outputs: { products: matmul(a, b, { transB: true }) },
  }));
  const runnable: Runnable = await engine.compile(products);
  const rowsA = new Float32Array(side * dims);
  const rowsB = new Float32Array(side * dims);
  return {
    rowsA,
    rowsB,
    run: async () => (await runnable.run({ a: rowsA, b: rowsB })).products.data,
    dispose: () => runnable.dispose(),
  };
}
