// Statistics of all shards joined: enough for Frechet distances, from small files.
import { ImagefnError, quoted } from "@imagefn/base";
import { type FeatureStatistics, featureStatistics, type Gaussian } from "../statistics.js";
import type { SavedSamples } from "./savedSamples.js";
import { readStatistics, type SavedStatistics } from "./savedStatistics.js";
import { aboutShards, allShards, checksum, type ShardFile, warningsOf } from "./shardNote.js";

interface StatisticsFile extends ShardFile {
  readonly saved: SavedStatistics & { readonly spatial?: Gaussian };
  readonly images: number;
}

/**
 * Joins the statistics of all shards, as `shardStatistics` and `saveStatistics` wrote them, in the order of the shards by
 * the formula of Chan, Golub & LeVeque; for `evaluateSaved`. Only Frechet distances can be computed of them, and they are
 * those of one process to about 9 digits; the features give every digit.
 * @throws ImagefnError `invalid-data` as `openFeatures` does
 */
export function mergeStatistics(paths: readonly string[]): SavedSamples {
  const files = allShards(paths.map(lookAt), ({ saved: { note, pool, spatial } }) => [
    ["network", note.network],
    ["resize rule", note.resize],
    ["file of weights", checksum(note.weights ?? {})],
    ["number of features", pool.mean.length],
    ["number of spatial features", spatial?.mean.length ?? null],
  ]);
  const [{ saved, note }] = files;
  const { network = "Inception-2015", resize = "legacy_tensorflow", weights = {} } = saved.note;
  const joined = (feature: "pool" | "spatial"): FeatureStatistics => {
    const all = featureStatistics(saved[feature]!.mean.length);
    for (const { saved, images } of files) all.merge({ ...saved[feature]!, count: images });
    return all.result();
  };
  const statistics = { pool: joined("pool"), ...(saved.spatial ? { spatial: joined("spatial") } : {}) };
  return {
    name: `samples in ${files.length} files of statistics`,
    count: note.count,
    about: aboutShards(files),
    seed: note.seed,
    networks: [
      {
        name: network,
        resize: resize as SavedSamples["networks"][number]["resize"],
        weights,
        features: {
          pool: saved.pool.mean.length,
          ...(saved.spatial ? { spatial: saved.spatial.mean.length } : {}),
        },
      },
    ],
    warnings: warningsOf(files),
    allows: ({ features }, { reads }) =>
      !reads.samples && (reads.statistics ?? []).every((name) => features[name] !== undefined),
    async extracted() {
      return { count: note.count, statistics, kept: {} };
    },
  };
}

function lookAt(path: string): StatisticsFile {
  const saved = readStatistics(path);
  const { shard, count } = saved.note;
  if (!shard || count === undefined || count < 2)
    throw new ImagefnError(
      "invalid-data",
      `metrics: ${quoted(path)} holds no statistics of a shard (expected a file of saveStatistics with shardStatistics)`,
      { path },
    );
  return { path, note: shard, saved, images: count };
}
