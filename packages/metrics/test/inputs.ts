// Inputs that tools/statistics.py makes as well, and what it says of them.
import { readFileSync } from "node:fs";
import type { Features, Picture } from "@imagefn/metrics";

/** What numpy, scipy, scikit-image and Pillow give. */
export const expected = JSON.parse(
  readFileSync(new URL("../test/statistics.json", import.meta.url), "utf8"),
) as Record<string, number> & Record<"mean" | "covariance", number[]>;

/** A whole number in 0..65535 for an index. */
function hashed(i: number): number {
  const x = (Math.imul(i, 2654435761) + 12345) >>> 0;
  return Math.imul(x ^ (x >>> 15), 2246822519) >>> 16;
}

/** [count, dims] in 0..1, later columns smaller, moved by `shift`. */
export function features(count: number, dims: number, shift = 0): Features {
  const data = Float64Array.from({ length: count * dims }, (_, k) => {
    return hashed(k + shift * dims) / 65536 / (1 + (k % dims)) + shift / 1024;
  });
  return { shape: [count, dims], data };
}

/** Slopes and edges with noise: bytes [channels, height, width]. */
export function picture(channels: number, height: number, width: number, noise: number): Picture {
  const data = Uint8Array.from({ length: channels * height * width }, (_, k) => {
    const c = Math.floor(k / (height * width));
    const i = Math.floor(k / width) % height;
    const j = k % width;
    const slopes =
      Math.abs(((5 * i + 3 * j + 40 * c) % 200) - 100) + 60 * ((Math.floor(i / 13) + Math.floor(j / 17)) % 2);
    return Math.min(slopes + Math.floor((hashed(k) * noise) / 65536), 255);
  });
  return { width, height, data };
}

/** Rows first..end of features. */
export function rows({ shape, data }: Features, first: number, end: number): Features {
  return { shape: [end - first, shape[1]], data: data.slice(first * shape[1], end * shape[1]) };
}
