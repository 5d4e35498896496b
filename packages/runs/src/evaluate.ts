// Evaluation of a run: its samples against its own data, or against other images.
import { createHash } from "node:crypto";
import type { EvaluateOptions, Evaluation, ImageSource, ShardFeatures, ShardOptions } from "@imagefn/metrics";
import type { Config } from "./config/schema.js";
import { checkOptions } from "./options.js";
import { checkGuidance } from "./sampling/guidance.js";
import { engineOf } from "./sampling/network.js";
import { runSource } from "./sampling/source.js";
import { openTrained, type Trained } from "./sampling/trained.js";
import { referenceImages, type TrainingImagesOptions } from "./trainingImages.js";

/** Loaded on use: metrics bring native libraries. */
const metrics = () => import("@imagefn/metrics");

/** How a run is evaluated. Omitted options come from the run's configuration. */
export interface EvaluateRunOptions
  extends Omit<EvaluateOptions, "samples" | "reference" | "engine">,
    TrainingImagesOptions {
  /**
   * What the samples are compared with: a run folder, a preset, a YAML file or a configuration for its images; or a
   * folder of images, a .npz file or a source. By default the run's own data.
   */
  readonly reference?: string | Config | ImageSource;
  /** Weights to sample with: the average of this rate, or the online weights. */
  readonly ema?: "online" | number;
  /** Scale of classifier-free guidance, as in sampling. */
  readonly guidance?: number;
  /** The engine that runs the networks. */
  readonly engine?: Config["engine"]["name"];
}

/**
 * Measures one-step samples of a run, at its training size, from its last checkpoint. The run may still be training.
 * The samples are those of `seed`, by default the run's own seed.
 *
 * @param run its folder, or the opened run; `ema` is then that of the opened one
 * @throws ImagefnError as `openTrained` and `evaluate` do, and `invalid-data` if `heldOut` is set but the
 *   configuration keeps no images out of training
 */
export async function evaluateRun(
  run: string | Trained,
  { reference, heldOut, data, ema, guidance, engine: name, ...options }: EvaluateRunOptions = {},
): Promise<Evaluation> {
  const { trained, ...request } = await samplesOf(run, { ema, guidance, engine: name, ...options });
  const { evaluate } = await metrics();
  return evaluate({
    ...options,
    ...request,
    reference: await referenceImages(reference ?? trained.run.config, { ...options, heldOut, data }),
  });
}

/** Which samples of a run, which share of them, and for which metrics. */
export interface RunFeaturesOptions
  extends Omit<ShardOptions, "samples" | "engine">,
    Pick<EvaluateRunOptions, "ema" | "guidance" | "engine"> {}

/**
 * Runs a share of a run's samples through the networks of metrics, as `evaluateRun` would: for `saveFeatures` of
 * @imagefn/metrics, and `evaluateSaved` of all shares.
 *
 * @param run its folder, or the opened run; `ema` is then that of the opened one
 * @throws ImagefnError as `openTrained` and `shardFeatures` do
 */
export async function runFeatures(
  run: string | Trained,
  { ema, guidance, engine: name, ...options }: RunFeaturesOptions = {},
): Promise<ShardFeatures> {
  const { trained, samples, ...request } = await samplesOf(run, { ema, guidance, engine: name, ...options });
  const { shardFeatures } = await metrics();
  // The path of a run may be another on each machine, and the run at a path another one.
  const about = { ...samples.about, weights: weightsDigest(trained.weights) };
  return shardFeatures({ ...options, ...request, samples: { ...samples, about } });
}

/** The samples of a run, and what they are made with. */
export async function samplesOf(run: string | Trained, options: RunFeaturesOptions) {
  const { ema, guidance, engine: name, count, signal } = options;
  checkOptions({ ema, guidance, engine: name, count, seed: options.seed, threads: options.threads });
  signal?.throwIfAborted();
  const trained = typeof run === "string" ? await openTrained(run, { ema }) : run;
  checkGuidance(trained, { guidance });
  const { config } = trained.run;
  const threads = options.threads ?? config.engine.threads;
  const engine = await engineOf({ engine: { ...config.engine, name: name ?? config.engine.name, threads } });
  const seed = options.seed ?? config.seed;
  return { trained, samples: runSource(engine.engine, trained, seed, [], guidance), engine, threads, seed };
}

/** SHA-256 of all weights by name. */
function weightsDigest(weights: Trained["weights"]): string {
  const hash = createHash("sha256");
  for (const [name, { data }] of [...weights].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return hash.digest("hex");
}
