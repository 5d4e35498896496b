// Ndarrays, in pages too whose content-security policy forbids `new Function`, by which the package ndarray makes them:
// there the same members are computed and not compiled.
import ndarray, { type NdArray } from "ndarray";

type Numbers = NdArray<Float32Array>;

/** Where a view's numbers are in `data`. */
interface Placement {
  readonly shape: number[];
  readonly stride: number[];
  readonly offset: number;
}

/** Numbers in row-major order as an ndarray, without a copy. */
export function ndarrayOf(data: Float32Array, shape: readonly number[]): NdArray<Float32Array> {
  try {
    return ndarray(data, [...shape]);
  } catch (error) {
    if (!(error instanceof EvalError)) throw error;
    const stride = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
    return view(data, { shape: [...shape], stride, offset: 0 });
  }
}

function view(data: Float32Array, { shape, stride, offset }: Placement): Numbers {
  const index = (...at: number[]) => stride.reduce((sum, step, axis) => sum + step * at[axis], offset);
  const order = stride.map((_, axis) => axis).sort((a, b) => Math.abs(stride[a]) - Math.abs(stride[b]));
  return {
    data,
    shape,
    stride,
    offset,
    order,
    dtype: "float32",
    dimension: shape.length,
    size: shape.reduce((a, b) => a * b, 1),
    index,
    get: (...at) => data[index(...at)],
    set(...at) {
      const value = at.pop()!;
      data[index(...at)] = value;
      return value;
    },
    lo: (...at) =>
      view(data, {
        shape: shape.map((n, axis) => n - (at[axis] ?? 0)),
        stride,
        offset: stride.reduce((sum, step, axis) => sum + step * (at[axis] ?? 0), offset),
      }),
    hi: (...at) => view(data, { shape: shape.map((n, axis) => at[axis] ?? n), stride, offset }),
    step: (...by) =>
      view(data, {
        shape: shape.map((n, axis) => Math.ceil(n / Math.abs(by[axis] ?? 1))),
        stride: stride.map((step, axis) => step * (by[axis] ?? 1)),
        // A negative step begins at the end.
        offset: stride.reduce(
          (sum, step, axis) => sum + ((by[axis] ?? 1) < 0 ? step * (shape[axis] - 1) : 0),
          offset,
        ),
      }),
    transpose: (...axes) =>
      view(data, {
        shape: shape.map((_, axis) => shape[axes[axis] ?? axis]),
        stride: stride.map((_, axis) => stride[axes[axis] ?? axis]),
        offset,
      }),
    pick(...at) {
      const stays = shape.map((_, axis) => axis).filter((axis) => !isIndex(at[axis]));
      return view(data, {
        shape: stays.map((axis) => shape[axis]),
        stride: stays.map((axis) => stride[axis]),
        offset: stride.reduce((sum, step, axis) => sum + (isIndex(at[axis]) ? step * at[axis] : 0), offset),
      });
    },
    get T() {
      const axes = [...shape.keys()].reverse();
      return this.transpose(...axes);
    },
  };
}

const isIndex = (at: number | null | undefined): at is number => typeof at === "number" && at >= 0;
