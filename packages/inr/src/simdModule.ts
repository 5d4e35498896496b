// A WebAssembly module of two functions, written by hand: the layers of an image function, four numbers at a time. It takes
// a kilobyte, and a fifth of the time of plain code.

/** y = max(x W + b, floor) for rows of x. Places and lengths are in bytes, but for `points`. */
export type SimdAffine = (
  x: number,
  /** From one row of x to the next: 4 for each input, whose number is a multiple of four. */
  xBytes: number,
  /** [outputs / 8, inputs, 8] */
  weight: number,
  /** [outputs], a multiple of eight. */
  bias: number,
  y: number,
  /** From one row of y to the next: 4 for each output. */
  yBytes: number,
  /** Rows, a multiple of four. */
  points: number,
  floor: number,
) => void;

/** y = max(row + columns, floor): one row of the first layer's tables with several columns, [points, outputs]. */
export type SimdSums = (
  row: number,
  _inputs: 0,
  _weight: 0,
  columns: number,
  y: number,
  yBytes: number,
  points: number,
  floor: number,
) => void;

/** The functions, and the memory that they work in. */
export interface SimdModule {
  readonly memory: WebAssembly.Memory;
  readonly affine: SimdAffine;
  readonly sums: SimdSums;
}

/** Parameters and variables by their places: first numbers, then vectors of four. */
const [X, X_BYTES, W, B, Y, Y_BYTES, POINTS, FLOOR] = [0, 1, 2, 3, 4, 5, 6, 7];
/** Rows, and vectors of outputs, whose sums are in registers together. */
const HIGH = 4;
const WIDE = 2;
const [AT, W_AT, LEFT, ROWS] = [8, 9, 10, 11];
const NUMBERS = 3 + HIGH;
const SUMS = 8 + NUMBERS;
const W0 = SUMS + HIGH * WIDE;
const [W1, U, LOWEST] = [W0 + 1, W0 + 2, W0 + 3];
const VECTORS = HIGH * WIDE + 4;
/** Inputs in one turn of the innermost loop. */
const TURN = 4;

type Code = readonly number[];

/** A whole number as LEB128, without sign. */
function leb(n: number): number[] {
  const low = n & 127;
  return n < 128 ? [low] : [low | 128, ...leb(n >>> 7)];
}
/** The same with a sign: for small positive numbers. */
const signed = (n: number): number[] => (n < 64 ? [n] : [(n & 127) | 128, ...signed(n >> 7)]);

const get = (i: number): Code => [0x20, ...leb(i)];
const set = (i: number, ...value: Code[]): Code => [...value.flat(), 0x21, ...leb(i)];
const constant = (n: number): Code => [0x41, ...signed(n)];
const plus = (a: Code, b: Code): Code => [...a, ...b, 0x6a];
const minus = (a: Code, b: Code): Code => [...a, ...b, 0x6b];
const simd = (op: number, ...rest: number[]): Code => [0xfd, ...leb(op), ...rest];
/** Of four numbers at an address; and of one, four times. */
const load = (address: Code, offset: number): Code => [...address, ...simd(0x00, 2, ...leb(offset))];
const spread = (address: Code, offset: number): Code => [...address, ...simd(0x09, 2, ...leb(offset))];
const store = (address: Code, offset: number, value: Code): Code => [
  ...address,
  ...value,
  ...simd(0x0b, 2, ...leb(offset)),
];
const add = (a: Code, b: Code): Code => [...a, ...b, ...simd(0xe4)];
const times = (a: Code, b: Code): Code => [...a, ...b, ...simd(0xe6)];
const max = (a: Code, b: Code): Code => [...a, ...b, ...simd(0xe9)];
/** A loop that goes on while the number is not zero. */
const loop = (body: Code[], again: Code): Code => [0x03, 0x40, ...body.flat(), ...again, 0x0d, 0, 0x0b];

const sum = (row: number, vector: number) => SUMS + WIDE * row + vector;
const each = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
const ofSums = (make: (row: number, vector: number) => Code): Code[] =>
  each(HIGH, (row) => each(WIDE, (vector) => make(row, vector))).flat();

const turn: Code[] = each(TURN, (k) =>
  [
    set(W0, load(get(W_AT), 32 * k)),
    set(W1, load(get(W_AT), 32 * k + 16)),
    ...each(HIGH, (row) =>
      [
        set(U, spread(get(ROWS + row), 4 * k)),
        ...each(WIDE, (v) => set(sum(row, v), add(get(sum(row, v)), times(get(U), get(v ? W1 : W0))))),
      ].flat(),
    ),
  ].flat(),
);

/** The sums of four rows and eight outputs, from the bias on. */
const tile: Code[] = [
  ...ofSums((row, vector) => set(sum(row, vector), load(plus(get(B), get(AT)), 16 * vector))),
  set(ROWS, get(X)),
  ...each(HIGH - 1, (row) => set(ROWS + row + 1, plus(get(ROWS + row), get(X_BYTES)))),
  set(LEFT, get(X_BYTES)),
  loop(
    [
      ...turn,
      set(W_AT, plus(get(W_AT), constant(32 * TURN))),
      ...each(HIGH, (row) => set(ROWS + row, plus(get(ROWS + row), constant(4 * TURN)))),
      set(LEFT, minus(get(LEFT), constant(4 * TURN))),
    ],
    get(LEFT),
  ),
  set(ROWS, plus(get(Y), get(AT))),
  ...each(HIGH - 1, (row) => set(ROWS + row + 1, plus(get(ROWS + row), get(Y_BYTES)))),
  ...ofSums((row, vector) => store(get(ROWS + row), 16 * vector, max(get(sum(row, vector)), get(LOWEST)))),
  set(AT, plus(get(AT), constant(32))),
];

const affineBody: Code = [
  ...set(LOWEST, get(FLOOR), simd(0x13)),
  ...loop(
    [
      set(AT, constant(0)),
      set(W_AT, get(W)),
      loop(tile, minus(get(Y_BYTES), get(AT))),
      ...each(HIGH, () => set(X, plus(get(X), get(X_BYTES)))),
      ...each(HIGH, () => set(Y, plus(get(Y), get(Y_BYTES)))),
      set(POINTS, minus(get(POINTS), constant(HIGH))),
    ],
    get(POINTS),
  ),
  0x0b,
];

/** The same parameters, of which it takes no weight and no number of inputs: its row is X, its columns are at B. */
const sumsBody: Code = [
  ...set(LOWEST, get(FLOOR), simd(0x13)),
  ...loop(
    [
      set(AT, constant(0)),
      loop(
        [
          ...each(WIDE, (v) => {
            const one = add(load(plus(get(X), get(AT)), 16 * v), load(plus(get(B), get(AT)), 16 * v));
            return store(plus(get(Y), get(AT)), 16 * v, max(one, get(LOWEST)));
          }),
          set(AT, plus(get(AT), constant(32))),
        ],
        minus(get(Y_BYTES), get(AT)),
      ),
      ...[B, Y].map((place) => set(place, plus(get(place), get(Y_BYTES)))),
      set(POINTS, minus(get(POINTS), constant(1))),
    ],
    get(POINTS),
  ),
  0x0b,
];

const [I32, F32, V128] = [0x7f, 0x7d, 0x7b];
const name = (text: string): Code => [text.length, ...[...text].map((c) => c.charCodeAt(0))];
const section = (id: number, content: Code): Code => [id, ...leb(content.length), ...content];
const code = (body: Code): Code => {
  const whole = [2, NUMBERS, I32, VECTORS, V128, ...body];
  return [...leb(whole.length), ...whole];
};

/** The module in the binary format of WebAssembly. */
const bytes = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, [1, 0x60, 8, ...each(7, () => I32), F32, 0]),
  ...section(3, [2, 0, 0]),
  // One page of memory, which grows.
  ...section(5, [1, 0, 1]),
  ...section(7, [3, ...name("memory"), 2, 0, ...name("affine"), 0, 0, ...name("sums"), 0, 1]),
  ...section(10, [2, ...code(affineBody), ...code(sumsBody)]),
]);

let compiled: WebAssembly.Module | undefined;

/**
 * A module with a memory of its own.
 * @throws where there is no WebAssembly with SIMD, or a policy forbids it
 */
export function simdModule(): SimdModule {
  compiled ??= new WebAssembly.Module(bytes);
  return new WebAssembly.Instance(compiled).exports as unknown as SimdModule;
}
