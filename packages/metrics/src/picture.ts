// Pictures, as the metrics that look at one or two of them take them.

/** Planar numbers [channels, height, width] from black to white: bytes, unless a `range` says otherwise. */
export interface Picture {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** [channels, height, width], row by row. */
  readonly data: ArrayLike<number>;
}

/** The number of channels. @throws if the size does not fit the data */
export function channelsOf(what: string, { width, height, data }: Picture): number {
  const channels = data.length / (width * height);
  if (!Number.isInteger(channels) || channels < 1)
    throw new Error(
      `metrics: ${what}: a picture is planar [channels, height, width] (got ${data.length} numbers for ` +
        `${width} x ${height})`,
    );
  return channels;
}

/** One channel in float64. */
export function plane({ width, height, data }: Picture, channel: number): Float64Array {
  const from = channel * width * height;
  return Float64Array.from({ length: width * height }, (_, i) => data[from + i]);
}
