// `imagefn evaluate`: what samples are worth, as numbers that say what they are.
import { dirname, join } from "node:path";
import { cleanInterrupt, makeFolder, writeAtomic } from "@imagefn/base";
import {
  dataSource,
  type FeatureMetric,
  type FidResize,
  type Finding,
  featureFindings,
  fidNetwork,
  findingsText,
  folderSource,
  holdsStatistics,
  type ImageSource,
  kindOf,
  type MetricName,
  metricNames,
  npzSource,
  nsfwjsNetwork,
  openNpz,
  pairMetrics,
  pictureFindings,
  type ReadyNetwork,
  type Reference,
  readStatistics,
  saveStatistics,
} from "@imagefn/metrics";
import type { Engine } from "@imagefn/ops";
import {
  type Config,
  engineOf,
  loadData,
  openRunFolder,
  openTrained,
  type ProgressWriter,
  resolveConfig,
  runSource,
  type Trained,
  version,
} from "@imagefn/runs";
import { UsageError, UserError } from "../errors.js";
import { requestLayers } from "../options/configOptions.js";
import type { EvaluateOptions } from "../options/evaluate.js";
import { createProgress } from "../progress.js";

export async function run(options: EvaluateOptions): Promise<void> {
  cleanInterrupt();
  const progress = createProgress();
  const trained = kindOf(options.samples) === "run" ? await openTrained(options.samples, options) : undefined;
  const { name, threads } = trained?.run.config.engine ?? { name: "auto" as const, threads: 0 };
  const setting = { name: options.engine ?? name, threads: options.threads ?? threads };
  const { engine, why } = await engineOf({ engine: setting });
  const seed = options.seed ?? trained?.run.config.seed ?? 0;
  const samples = await samplesOf(engine, options.samples, trained, seed);
  const count = Math.min(options.count, samples.count);
  const against = await referenceOf(options, trained, progress);
  const reference = against && limited(against, options.referenceCount);
  progress.message(
    `${count} ${samples.name}` +
      (reference ? ` against ${described(reference)}` : "") +
      `; engine ${engine.name} (${why})`,
  );

  const findings: Finding[] = [];
  const onProgress = (phase: string, step: number, total: number) =>
    progress.update({ phase, step, total, unit: "images" });
  const shared = { engine, samples, count, reference, seed, onProgress };
  const metrics = options.metrics ?? metricNames.filter((metric) => !pairMetrics.includes(metric));
  let kept: Kept | undefined;
  for (const { ready, wanted, label } of await networks(metrics, options)) {
    if (typeof ready === "string") {
      findings.push({ metric: label, reason: ready });
      continue;
    }
    const found = await featureFindings({ ...shared, ready, metrics: wanted });
    findings.push(...found.findings);
    kept ??= { ready, extracted: reference ? found.reference : found.samples };
  }
  findings.push(
    ...(await pictureFindings({
      ...shared,
      threads: setting.threads,
      metrics,
      partner: reference?.images,
      folders: options.weights,
    })),
  );
  progress.done();

  const report = {
    imagefn: version,
    samples: { ...samples.about, n: count },
    reference: reference && {
      ...reference.images?.about,
      ...(reference.images ? { n: reference.count } : {}),
      ...(reference.statistics
        ? { statistics: reference.statistics.path, ...reference.statistics.note }
        : {}),
    },
    seed,
    engine: engine.name,
    findings,
  };
  process.stdout.write(`${findingsText(findings)}\n`);
  const json = options.json ?? (trained && join(trained.run.path, "metrics.json"));
  if (json !== undefined) {
    makeFolder(dirname(json));
    await writeAtomic(json, Buffer.from(`${JSON.stringify(report, null, 2)}\n`));
    progress.message(`report: ${json}`);
  }
  if (options.saveStats !== undefined)
    await keep(options.saveStats, kept, reference?.images ?? samples, progress);
}

/** Statistics to keep: of the reference, or of the samples where there is none. */
interface Kept {
  readonly ready: ReadyNetwork;
  readonly extracted: Awaited<ReturnType<typeof featureFindings>>["reference"];
}

async function keep(path: string, kept: Kept | undefined, source: ImageSource, progress: ProgressWriter) {
  const pool = kept?.extracted?.statistics.pool;
  if (!kept || !pool)
    throw new UserError(
      `--save-stats ${path}: there are no statistics to keep, since no feature network ran over images of ` +
        `the reference. See \`imagefn weights\`.`,
    );
  makeFolder(dirname(path));
  const { name: network, resize } = kept.ready.network;
  await saveStatistics(
    path,
    { pool, spatial: kept.extracted?.statistics.spatial },
    { network, resize, source: source.about },
  );
  progress.message(`statistics of the ${network}: ${path}`);
}

/** The feature networks that the metrics need, each with what is wanted of it. */
async function networks(metrics: readonly MetricName[], { weights, resize }: EvaluateOptions) {
  const of: Partial<Record<MetricName, FeatureMetric>> = {
    fid: "frechet",
    sfid: "spatial",
    is: "score",
    pr: "precision-recall",
    kid: "kernel",
  };
  const wanted = metrics.flatMap((metric) => of[metric] ?? []);
  const all: { ready: ReadyNetwork | string; wanted: readonly FeatureMetric[]; label: string }[] = [];
  if (wanted.length > 0)
    all.push({
      ready: await fidNetwork(weights, resize as FidResize),
      wanted,
      label: metrics
        .filter((metric) => of[metric])
        .map((metric) => metric.toUpperCase())
        .join(", "),
    });
  if (metrics.includes("nsfwjs"))
    all.push({
      ready: await nsfwjsNetwork(),
      wanted: ["frechet", "precision-recall", "kernel"],
      label: "Frechet distance (nsfwjs Inception)",
    });
  return all;
}

async function samplesOf(engine: Engine, path: string, trained: Trained | undefined, seed: number) {
  if (trained) return runSource(engine, trained, seed);
  switch (kindOf(path)) {
    case "folder":
      return folderSource(path);
    case "npz":
      return npzSource(path);
    default:
      throw new UserError(
        `${path} holds no samples: expected a run folder, a folder of images, or a .npz file with arr_0.`,
      );
  }
}

/** What `--against` names; the run's own training images where it is left out. */
async function referenceOf(
  { against, data, heldOut }: EvaluateOptions,
  trained: Trained | undefined,
  progress: ProgressWriter,
): Promise<Reference | undefined> {
  const ofData = async (config: Config): Promise<Reference> => {
    const loaded = await loadData(config, (step, total) =>
      progress.update({ phase: "data", step, total, unit: "images" }),
    );
    for (const warning of loaded.warnings) progress.message(`warning: ${warning}`);
    if (heldOut && loaded.test.count === 0)
      throw new UserError(
        `--held-out: ${config.name} keeps no images out of training (data.heldOut is 0). Leave it out, or name with --against what does.`,
      );
    const images = heldOut ? dataSource(loaded.test, config, "held-out") : dataSource(loaded.train, config);
    return { images, count: images.count };
  };
  if (heldOut && against !== undefined && ["folder", "npz"].includes(kindOf(against)))
    throw new UsageError(`--held-out belongs to a run, a preset or a YAML file, and ${against} is none.`);
  if (against === undefined) {
    if (data !== undefined)
      throw new UsageError("--data belongs to a preset that --against names. Name one.");
    return trained && ofData(trained.run.config);
  }
  switch (kindOf(against)) {
    case "run":
      return ofData(openRunFolder(against).config);
    case "folder": {
      const images = await folderSource(against);
      return { images, count: images.count };
    }
    case "npz": {
      if (!holdsStatistics(against)) {
        const images = npzSource(against);
        return { images, count: images.count };
      }
      return { ...imagesBeside(against), statistics: readStatistics(against) };
    }
    default:
      return ofData(resolveConfig(against, requestLayers({ data })));
  }
}

/** A file of statistics may hold images too, for precision and recall, as guided-diffusion's do. */
function imagesBeside(path: string): { images?: ImageSource; count: number } {
  const file = openNpz(path);
  file.close();
  if (!file.names.includes("arr_0")) return { count: 0 };
  const images = npzSource(path);
  return { images, count: images.count };
}

const limited = (reference: Reference, most = Number.POSITIVE_INFINITY): Reference => ({
  ...reference,
  count: Math.min(reference.count, most),
});

const described = ({ images, statistics }: Reference): string =>
  statistics ? `the statistics in ${statistics.path}` : images!.name;
