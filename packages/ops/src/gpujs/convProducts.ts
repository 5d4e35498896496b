// A convolution and its two gradients as products, for x [batch, channels, height, width], w [outputs, channels, kh, kw] and
// y [batch, outputs, oh, ow]. The factor that would hold every window of the image is read from the image itself.
import type { Digit, Factor, Product, Window } from "./product.js";

interface Sizes {
  readonly batch: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly outputs: number;
  readonly kh: number;
  readonly kw: number;
  readonly oh: number;
  readonly ow: number;
  readonly stride: number;
  readonly padRows: number;
  readonly padColumns: number;
}

/** Whether windows are pixels, and images plain matrices [channels, pixels]. */
const isPointwise = ({ kh, kw, stride, padRows, padColumns }: Sizes) =>
  kh === 1 && kw === 1 && stride === 1 && padRows === 0 && padColumns === 0;

const digit = (size: number, step: number): Digit => ({ size, step });
const still = (size: number): Digit => digit(size, 0);

/** A factor that is read as it lies, from its start; windows are added where it is an image. */
const matrix = (input: number, lines: readonly Digit[], ks: readonly Digit[]): Factor => ({
  input,
  start: 0,
  batches: [],
  lines,
  ks,
});

/** Rows and columns of an image under the second and third digits of the line and of k. */
function windows(
  [rows, columns]: readonly [number, number],
  by: Pick<Window, "byLine" | "byK" | "divisor">,
  [down, across]: readonly [number, number],
): Window[] {
  const window = (digit: number, shift: number, size: number, step: number) => ({
    ...by,
    line: digit,
    k: digit,
    shift,
    size,
    step,
  });
  return [window(1, down, rows, columns), window(2, across, columns, 1)];
}

/** Pixels of all images as columns of the result, [rows, batch x pixels] as it lies in [batch, rows, pixels]. */
const ofImages = (batch: number, rows: number, pixels: number) => ({
  columns: [digit(batch, rows * pixels), digit(pixels, 1)],
  row: pixels,
});

/** y [outputs, batch oh ow] = w [outputs, channels kh kw] by the windows of x. */
export function forward(s: Sizes): Product {
  const { batch, channels, outputs, kh, kw, oh, ow, stride } = s;
  const [plane, taps] = [s.height * s.width, kh * kw];
  const k = channels * taps;
  const b: Factor = isPointwise(s)
    ? matrix(0, [digit(batch, channels * plane), digit(plane, 1)], [digit(channels, plane)])
    : {
        ...matrix(
          0,
          [digit(batch, channels * plane), still(oh), still(ow)],
          [digit(channels, plane), still(kh), still(kw)],
        ),
        windows: windows([s.height, s.width], { byLine: stride, byK: 1, divisor: 1 }, [
          -s.padRows,
          -s.padColumns,
        ]),
      };
  return {
    m: outputs,
    n: batch * oh * ow,
    k,
    alpha: 1,
    batches: [],
    a: matrix(1, [digit(outputs, k)], [digit(k, 1)]),
    b,
    bias: { input: 2, of: "a", start: 0, step: 1 },
    ...ofImages(batch, outputs, oh * ow),
  };
}

/** The gradient of x [channels, batch height width] = w' [channels, outputs kh kw] by windows of y's gradient g. */
export function toImage(s: Sizes): Product {
  const { batch, channels, outputs, kh, kw, oh, ow, stride } = s;
  const [plane, taps, cells] = [s.height * s.width, kh * kw, oh * ow];
  const b: Factor = isPointwise(s)
    ? matrix(0, [digit(batch, outputs * cells), digit(cells, 1)], [digit(outputs, cells)])
    : {
        ...matrix(
          0,
          [digit(batch, outputs * cells), still(s.height), still(s.width)],
          [digit(outputs, cells), still(kh), still(kw)],
        ),
        windows: windows([oh, ow], { byLine: 1, byK: -1, divisor: stride }, [s.padRows, s.padColumns]),
      };
  return {
    m: channels,
    n: batch * plane,
    k: outputs * taps,
    alpha: 1,
    batches: [],
    a: matrix(1, [digit(channels, taps)], [digit(outputs, channels * taps), digit(taps, 1)]),
    b,
    ...ofImages(batch, channels, plane),
  };
}

/** The gradient of w [outputs, channels kh kw] = g [outputs, batch oh ow] by the windows of x. */
export function toWeight(s: Sizes): Product {
  const { batch, channels, outputs, kh, kw, oh, ow, stride } = s;
  const [plane, cells] = [s.height * s.width, oh * ow];
  const n = channels * kh * kw;
  const b: Factor = isPointwise(s)
    ? matrix(0, [digit(channels, plane)], [digit(batch, channels * plane), digit(plane, 1)])
    : {
        ...matrix(
          0,
          [digit(channels, plane), still(kh), still(kw)],
          [digit(batch, channels * plane), still(oh), still(ow)],
        ),
        windows: windows([s.height, s.width], { byLine: 1, byK: stride, divisor: 1 }, [
          -s.padRows,
          -s.padColumns,
        ]),
      };
  return {
    m: outputs,
    n,
    k: batch * cells,
    alpha: 1,
    batches: [],
    a: matrix(1, [digit(outputs, cells)], [digit(batch, outputs * cells), digit(cells, 1)]),
    b,
    columns: [digit(n, 1)],
    row: n,
  };
}
