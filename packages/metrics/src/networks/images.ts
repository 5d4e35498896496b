// Batches of pictures, the input of all networks.

/**
 * Pictures [count, 3, height, width], planar RGB: bytes, or floats in [-1, 1] (byte v is v / 127.5 - 1).
 * A host array and a float32 `ndarray` without strides of its own are such batches.
 */
export interface ImageBatch {
  /** [count, 3, height, width] */
  readonly shape: readonly number[];
  /** Row by row. */
  readonly data: Uint8Array | Uint8ClampedArray | Float32Array;
}

export interface ImageBatchSize {
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

/** @throws unless the shape is [count, 3, height, width] and fits the data. */
export function imageBatchSize({ shape, data }: ImageBatch): ImageBatchSize {
  const [count, channels, height, width] = shape;
  const whole = shape.every((n) => Number.isInteger(n) && n >= 0);
  if (
    shape.length !== 4 ||
    channels !== 3 ||
    !whole ||
    !(height > 0 && width > 0) ||
    data.length !== count * 3 * height * width
  )
    throw new Error(
      `metrics: not a batch of pictures (got ${data.length} numbers as [${shape.join(", ")}], ` +
        "expected [count, 3, height, width])",
    );
  return { count, height, width };
}

/** The values of pictures `start` to `end` in [-1, 1], or as bytes' values 0 to 255, written to the beginning of `out`. */
export function writeImages(
  { shape, data }: ImageBatch,
  [start, end]: readonly [number, number],
  scale: "bytes" | "symmetric",
  out: Float32Array,
): void {
  const each = shape[1] * shape[2] * shape[3];
  const part = data.subarray(start * each, end * each);
  const float = data instanceof Float32Array;
  if (float === (scale === "symmetric")) out.set(part);
  else if (float) for (let i = 0; i < part.length; i++) out[i] = (part[i] + 1) * 127.5;
  else for (let i = 0; i < part.length; i++) out[i] = part[i] / 127.5 - 1;
}
