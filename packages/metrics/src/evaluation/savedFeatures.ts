// Features of shards as .npz files, and all files of a set of samples read in the order of the samples.
import { blocksOf, ImagefnError, quoted, SHARD_BLOCK, shareOf } from "@imagefn/base";
import type { Features } from "../features.js";
import type { Feature } from "../networks/network.js";
import { type NpzFile, openNpz } from "../weights/npz.js";
import { writeNpzFile } from "../weights/npzWrite.js";
import { collect, type FeatureRows, featuresOf } from "./extract.js";
import { sharedStream } from "./failure.js";
import type { SavedSamples, UsedNetwork } from "./savedSamples.js";
import { noteArray, readNote } from "./savedStatistics.js";
import type { ShardFeatures } from "./shardFeatures.js";
import {
  aboutShards,
  allShards,
  checksum,
  isObject,
  type ShardFile,
  shardNoteOf,
  warningsOf,
} from "./shardNote.js";

const arrayName = (network: string, feature: string): string => `${network} ${feature}`;

/**
 * Writes the features of a shard as a .npz file: a float32 array [images, length] for each, such as
 * "Inception-2015 pool", and a note on what they are of. The file appears when it is whole; its folder must exist.
 * @throws Node's error where it cannot be written
 */
export async function saveFeatures(path: string, { note, networks }: ShardFeatures): Promise<void> {
  const used = networks.map(({ values: _, ...network }) => network);
  await writeNpzFile(path, [
    noteArray({ shard: note, networks: used }),
    ...networks.flatMap(({ name, values }) =>
      Object.entries(values).map(([feature, value]) => [arrayName(name, feature), value] as const),
    ),
  ]);
}

/** A file of features that was looked at. */
interface FeatureFile extends ShardFile {
  readonly networks: readonly UsedNetwork[];
}

/**
 * Opens the files of all shards of one set of samples, in any order, for `evaluateSaved`. The features are read in the
 * order of the samples, so that every number is that of one process.
 * @throws ImagefnError `invalid-data` for a file that holds no features of a shard or is damaged; for shards that are
 *   missing, given twice, or of different samples, networks or counts
 */
export function openFeatures(paths: readonly string[]): SavedSamples {
  const files = allShards(paths.map(lookAt), ({ networks }) => [
    ["list of networks", networks.map(({ name }) => name)],
    ...networks.flatMap(({ name, resize, weights, features }) => [
      [`resize rule of ${name}`, resize] as const,
      [`file of weights of ${name}`, checksum(weights)] as const,
      [`list of features of ${name}`, features] as const,
    ]),
  ]);
  const { networks, note } = files[0];
  const { count, seed } = note;
  return {
    name: `samples in ${files.length === 1 ? quoted(files[0].path) : `${files.length} files of features`}`,
    count,
    about: aboutShards(files),
    seed,
    networks,
    warnings: warningsOf(files),
    allows: ({ features }, { reads }) =>
      [...(reads.statistics ?? []), ...(reads.samples ?? [])].every((name) => features[name] !== undefined),
    extracted(network, wanted, onProgress) {
      const { features } = networks.find(({ name }) => name === network)!;
      const rows = inOrder(files, network, featuresOf(wanted), count);
      return collect(sharedStream(rows), features, count, wanted, onProgress);
    },
  };
}

function lookAt(path: string): FeatureFile {
  const file = openNpz(path);
  try {
    const whole = readNote(file);
    const note = shardNoteOf(whole?.shard);
    if (!note || !Array.isArray(whole?.networks) || !whole.networks.every(isNetwork))
      throw new ImagefnError(
        "invalid-data",
        `metrics: ${quoted(path)} holds no features of a shard (expected a file of saveFeatures)`,
        { path },
      );
    const rows = shareOf(blocksOf(note.count), note.shard).reduce((n, block) => n + block.count, 0);
    for (const { name, features } of whole.networks)
      for (const [feature, length] of Object.entries(features)) {
        const array = arrayName(name, feature);
        const { shape, type } = file.header(array);
        if (type !== "float32" || shape.length !== 2 || shape[0] !== rows || shape[1] !== length)
          throw new ImagefnError(
            "invalid-data",
            `metrics: ${quoted(path)}: ${quoted(array)} does not fit shard ${note.shard.index} of ${note.shard.of} ` +
              `(got ${type} [${shape.join(", ")}], expected float32 [${rows}, ${length}])`,
            { path },
          );
      }
    return { path, note, networks: whole.networks };
  } finally {
    file.close();
  }
}

const isNetwork = (value: unknown): value is UsedNetwork =>
  isObject(value) &&
  typeof value.name === "string" &&
  typeof value.resize === "string" &&
  isObject(value.weights) &&
  isObject(value.features);

/** The features of all files by blocks of samples: block p lies in file p mod n. */
async function* inOrder(
  files: readonly FeatureFile[],
  network: string,
  features: readonly Feature[],
  count: number,
): AsyncGenerator<FeatureRows> {
  const open: NpzFile[] = [];
  try {
    for (const { path } of files) open.push(openNpz(path));
    const readers = open.map((file) =>
      features.map((name) => [name, file.blocks(arrayName(network, name), SHARD_BLOCK)] as const),
    );
    for (let p = 0; p * SHARD_BLOCK < count; p++)
      yield Object.fromEntries(
        readers[p % files.length].map(([name, blocks]) => [name, blocks.next().value as Features]),
      );
  } finally {
    for (const file of open) file.close();
  }
}
