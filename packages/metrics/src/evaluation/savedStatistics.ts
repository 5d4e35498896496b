// Statistics of a reference set as a .npz file: mu, sigma (and mu_s, sigma_s), as guided-diffusion and pytorch-fid keep
// them, with a note of our own on what they are of.

import { ImagefnError, quoted } from "@imagefn/base";
import type { FeatureStatistics, Gaussian } from "../statistics.js";
import type { NpyArray } from "../weights/npy.js";
import { type NpzFile, openNpz } from "../weights/npz.js";
import { type NpzArray, writeNpzFile } from "../weights/npzWrite.js";
import { isObject, type ShardNote, shardNoteOf } from "./shardNote.js";

/** What statistics are of; all unknown for files of other programs. */
export interface StatisticsNote {
  /** The name of the feature network: Inception-2015 where it is unknown. */
  readonly network?: string;
  /** The rule by which pictures were resized. */
  readonly resize?: string;
  /** How many images. */
  readonly count?: number;
  /** What a report says of the images. */
  readonly source?: unknown;
  /** What a report says of the network's weights, where they are of a shard. */
  readonly weights?: Readonly<Record<string, unknown>>;
  /** Which part of the images, where they are of a shard. */
  readonly shard?: ShardNote;
}

/** Statistics as they were read from a file. */
export interface SavedStatistics {
  /** The file. */
  readonly path: string;
  /** What they are of. */
  readonly note: StatisticsNote;
  /** Of the features that FID compares. */
  readonly pool: Gaussian;
  /** Of the early spatial map, for sFID. */
  readonly spatial?: Gaussian;
}

/** Statistics of one network's features, as `evaluate` returns them. */
export interface Statistics {
  /** [dims] and [dims, dims] of the features that FID compares. */
  readonly pool: FeatureStatistics;
  /** The same of the early spatial map, for sFID. */
  readonly spatial?: FeatureStatistics;
  /** What they are of. */
  readonly note: StatisticsNote;
}

/** The array that holds a note as JSON. */
export const NOTE = "imagefn_note";

/** A note as an array of a .npz file. */
export function noteArray(note: object): readonly [string, NpzArray] {
  const text = new TextEncoder().encode(JSON.stringify(note));
  return [NOTE, { shape: [text.length], data: text }];
}

/** The note of a file, if it has one that is an object. */
export function readNote(file: NpzFile): Readonly<Record<string, unknown>> | undefined {
  if (!file.names.includes(NOTE)) return undefined;
  const { data } = file.read(NOTE);
  try {
    // Files of others may have an array of that name too.
    const note = JSON.parse(new TextDecoder().decode(Uint8Array.from(data as ArrayLike<number>, Number)));
    return isObject(note) ? note : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Writes statistics as a .npz file that `evaluate` takes as its reference, and that guided-diffusion and pytorch-fid
 * read: `mu` [dims], `sigma` [dims, dims], float64. The file appears when it is whole; its folder must exist.
 * @throws Node's error where it cannot be written
 */
export async function saveStatistics(path: string, { pool, spatial, note }: Statistics): Promise<void> {
  const pair = (suffix: string, { mean, covariance }: Gaussian) =>
    [
      [`mu${suffix}`, { shape: [mean.length], data: mean }],
      [`sigma${suffix}`, { shape: [mean.length, mean.length], data: covariance }],
    ] as const;
  await writeNpzFile(path, [
    ...pair("", pool),
    ...(spatial ? pair("_s", spatial) : []),
    noteArray({ ...note, count: pool.count }),
  ]);
}

/**
 * Reads statistics that this or another program wrote: `mu`, `sigma`, and `mu_s`, `sigma_s` where they are there.
 * @throws ImagefnError `invalid-data` where sizes do not fit; an Error for a file that cannot be read or lacks them
 */
export function readStatistics(path: string): SavedStatistics {
  const file = openNpz(path);
  try {
    const gaussian = (suffix: string): Gaussian => {
      const [mean, covariance] = [file.read(`mu${suffix}`), file.read(`sigma${suffix}`)];
      const n = mean.data.length;
      if (covariance.shape.length !== 2 || covariance.shape[0] !== n || covariance.shape[1] !== n)
        throw new ImagefnError(
          "invalid-data",
          `metrics: ${quoted(path)}: sigma${suffix} does not fit the ${n} numbers of mu${suffix} ` +
            `(got [${covariance.shape.join(", ")}], expected [${n}, ${n}])`,
          { path },
        );
      return { mean: float64(mean), covariance: float64(covariance) };
    };
    return {
      path,
      note: noteOf(readNote(file) ?? {}),
      pool: gaussian(""),
      ...(file.names.includes("mu_s") ? { spatial: gaussian("_s") } : {}),
    };
  } finally {
    file.close();
  }
}

const float64 = ({ data }: NpyArray): Float64Array => Float64Array.from(data as ArrayLike<number>, Number);

/** What a note says that can be used. */
function noteOf({
  network,
  resize,
  count,
  source,
  weights,
  shard,
}: Readonly<Record<string, unknown>>): StatisticsNote {
  const of = shardNoteOf(shard);
  return {
    ...(typeof network === "string" ? { network } : {}),
    ...(typeof resize === "string" ? { resize } : {}),
    ...(typeof count === "number" && count >= 1 ? { count } : {}),
    ...(source === undefined ? {} : { source }),
    ...(isObject(weights) ? { weights } : {}),
    ...(of ? { shard: of } : {}),
  };
}
