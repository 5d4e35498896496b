// `imagefn evaluate --save-features` and `--shard`: what networks make of a share of the samples, as files.
import { dirname } from "node:path";
import { makeFolder, quoted } from "@imagefn/base";
import {
  metrics as records,
  type ShardFeatures,
  saveFeatures,
  saveStatistics,
  shardFeatures,
  shardStatistics,
} from "@imagefn/metrics";
import { engineOf, evaluationPath, type ProgressWriter, runFeatures, version } from "@imagefn/runs";
import { reportError, UsageError, UserError } from "../errors.js";
import { documentOf, findingsText } from "../findingsText.js";
import { networkOf } from "../networkOf.js";
import type { EvaluateOptions } from "../options/evaluateFlags.js";
import type { Print } from "../output.js";

/** Computes and saves the features, or the statistics, of a share. */
export async function saveShard(
  { saveFeatures: path, saveStats, ...options }: EvaluateOptions & { samples: string },
  progress: ProgressWriter,
  print: Print,
): Promise<object> {
  for (const name of options.metrics ?? [])
    if (records.find((record) => record.name === name)?.kind !== "features")
      throw new UsageError(
        `--metrics ${name}: it is not computed from features, so it has no shards. Measure it without --shard and --save-features.`,
      );
  const features = await featuresOf(options, progress);
  progress.done();
  const { note, networks, missing } = features;
  if (missing.length > 0) print(`${findingsText(missing)}\n`);
  if (networks.length === 0)
    process.exitCode = reportError(
      new UserError("no network could be run, so nothing was saved; the reasons are listed above."),
    );
  const save = async (file: string | undefined, what: string, write: (file: string) => Promise<void>) => {
    if (file === undefined || networks.length === 0) return null;
    makeFolder(dirname(file));
    await write(file);
    progress.message(`${what}: ${quoted(file)}`);
    return file;
  };
  const names = networks.map(({ name }) => name);
  return {
    imagefn: version,
    ...note,
    networks: names,
    missing: documentOf(missing),
    features: await save(path, `features of ${names.join(", ")}`, (file) => saveFeatures(file, features)),
    statistics: await save(saveStats, `statistics of ${names[0]}`, (file) =>
      saveStatistics(file, shardStatistics(features)),
    ),
  };
}

async function featuresOf(
  { samples, network, networkSet, ...options }: EvaluateOptions & { samples: string },
  { update: onProgress, message: onMessage }: ProgressWriter,
): Promise<ShardFeatures> {
  const request = { ...options, network: networkOf({ network, networkSet }), onProgress, onMessage };
  if (evaluationPath(samples) === "run") return runFeatures(samples, request);
  const { engine: name = "auto", threads = 0 } = options;
  const engine = await engineOf({ engine: { name, threads } });
  return shardFeatures({ ...request, samples, engine });
}
