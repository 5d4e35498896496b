// The bytes of a small ONNX model whose sizes are left open, as exporters of other projects write them.

const text = new TextEncoder();
const varint = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...varint(Math.floor(n / 128))]);
const int = (field: number, n: number): number[] => [...varint(8 * field), ...varint(n)];
/** A field of bytes: a text or a message. */
export const part = (field: number, value: string | readonly number[]): number[] => {
  const bytes = typeof value === "string" ? [...text.encode(value)] : value;
  return [...varint(8 * field + 2), ...varint(bytes.length), ...bytes];
};
const value = (name: string, shape: readonly (number | string)[]): number[] => {
  const dims = shape.flatMap((d) => part(1, typeof d === "number" ? int(1, d) : part(2, d)));
  return [...part(1, name), ...part(2, part(1, [...int(1, 1), ...part(2, dims)]))];
};

/** A pair of texts of a model's metadata. */
export const metadata = (key: string, word: string): number[] =>
  part(14, [...part(1, key), ...part(2, word)]);

/** A weight whose numbers are in another file. */
export const external = (location: string): number[] =>
  part(5, [
    ...int(1, 1),
    ...int(2, 1),
    ...part(8, "w"),
    ...part(13, [...part(1, "location"), ...part(2, location)]),
    ...int(14, 1),
  ]);

/** One operator from `x` of a shape to `y`: the mean of each channel, unless another is named. */
export const model = (
  shape: readonly (number | string)[],
  op = "GlobalAveragePool",
  weights: readonly number[] = [],
): number[] => [
  ...int(1, 9),
  ...part(7, [
    ...part(1, [...part(1, "x"), ...part(2, "y"), ...part(4, op)]),
    ...part(2, "g"),
    ...weights,
    ...part(11, value("x", shape)),
    ...part(12, value("y", ["n", "c", "h", "w"])),
  ]),
  ...part(8, int(2, 17)),
];
