// Statistics of a reference set as a .npz file: mu, sigma (and mu_s, sigma_s), as guided-diffusion and pytorch-fid keep
// them, with a note of our own on what they are of.

import { ImagefnError } from "@imagefn/base";
import type { FeatureStatistics, Gaussian } from "../statistics.js";
import type { NpyArray } from "../weights/npy.js";
import { openNpz } from "../weights/npz.js";
import { writeNpzFile } from "../weights/npzWrite.js";

/** What statistics are of; all unknown for files of other programs. */
export interface StatisticsNote {
  readonly network?: string;
  readonly resize?: string;
  readonly count?: number;
  readonly source?: unknown;
}

export interface SavedStatistics {
  readonly path: string;
  readonly note: StatisticsNote;
  readonly pool: Gaussian;
  readonly spatial?: Gaussian;
}

const NOTE = "imagefn_note";

/** Writes the statistics of one network. */
export async function saveStatistics(
  path: string,
  { pool, spatial }: { pool: FeatureStatistics; spatial?: FeatureStatistics },
  note: StatisticsNote,
): Promise<void> {
  const text = new TextEncoder().encode(JSON.stringify({ ...note, count: pool.count }));
  const pair = (suffix: string, { mean, covariance }: Gaussian) =>
    [
      [`mu${suffix}`, { shape: [mean.length], data: mean }],
      [`sigma${suffix}`, { shape: [mean.length, mean.length], data: covariance }],
    ] as const;
  await writeNpzFile(path, [
    ...pair("", pool),
    ...(spatial ? pair("_s", spatial) : []),
    [NOTE, { shape: [text.length], data: text }],
  ]);
}

/** Whether a .npz file holds statistics, so that it is a reference without images. */
export function holdsStatistics(path: string): boolean {
  const file = openNpz(path);
  file.close();
  return file.names.includes("mu") && file.names.includes("sigma");
}

/** Reads statistics of any program. @throws ImagefnError where sizes do not fit */
export function readStatistics(path: string): SavedStatistics {
  const file = openNpz(path);
  try {
    const gaussian = (suffix: string): Gaussian => {
      const [mean, covariance] = [file.read(`mu${suffix}`), file.read(`sigma${suffix}`)];
      const n = mean.data.length;
      if (covariance.shape.length !== 2 || covariance.shape[0] !== n || covariance.shape[1] !== n)
        throw new ImagefnError(
          "invalid-data",
          `${path}: sigma${suffix} is [${covariance.shape.join(", ")}]; expected [${n}, ${n}], since mu${suffix} has ${n} numbers.`,
        );
      return { mean: float64(mean), covariance: float64(covariance) };
    };
    return {
      path,
      note: file.names.includes(NOTE) ? noteOf(file.read(NOTE)) : {},
      pool: gaussian(""),
      ...(file.names.includes("mu_s") ? { spatial: gaussian("_s") } : {}),
    };
  } finally {
    file.close();
  }
}

const float64 = ({ data }: NpyArray): Float64Array => Float64Array.from(data as ArrayLike<number>, Number);

function noteOf({ data }: NpyArray): StatisticsNote {
  try {
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(data as ArrayLike<number>, Number)));
  } catch {
    return {};
  }
}
