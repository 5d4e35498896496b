// A run folder as an object: resume training, sample, draw and export.

import { ImagefnError } from "@imagefn/base";
import type { ImageFunction } from "@imagefn/inr";
import type { Evaluation, NearestPictures, ShardFeatures } from "@imagefn/metrics";
import ndarray, { type NdArray } from "ndarray";
import type { Config } from "./config/schema.js";
import { editRun } from "./editing/edit.js";
import { checkEdit, type EditOptions } from "./editing/options.js";
import { type EvaluateRunOptions, evaluateRun, type RunFeaturesOptions, runFeatures } from "./evaluate.js";
import { type Exported, type ExportOptions, exportRun } from "./export/export.js";
import { lastPosition } from "./folder/checkpoint.js";
import { isLast } from "./folder/position.js";
import { openRunFolder, type RunFolder } from "./folder/runFolder.js";
import { type NearestRunOptions, nearestOfRun } from "./nearest.js";
import { checkOptions } from "./options.js";
import type { Progress } from "./progress.js";
import { type AnimateOptions, animateRun } from "./sampling/animate.js";
import { type DrawOptions, drawSamples } from "./sampling/draw.js";
import { chosenLevels, type LevelSearch } from "./sampling/foundLevels.js";
import { checkGuidance, type Guided } from "./sampling/guidance.js";
import { type SearchLevelsOptions, searchRunLevels } from "./sampling/levelSearch.js";
import { drawsFunctions, engineFor } from "./sampling/network.js";
import { endsInFunctions, isFunction, type Sample, sampler } from "./sampling/sampler.js";
import { checkSteps, samplingOf, stepsMakeImages, usualSteps } from "./sampling/steps.js";
import { classNumber, labelsOf, openTrained } from "./sampling/trained.js";
import { type SittingOptions, trainOn } from "./training/run.js";

/** Which samples of a run. */
export interface SampleOptions extends Guided {
  /** `sample.count` of the run's configuration if left out. */
  readonly count?: number;
  /** Number of the first sample; 0 if left out. Sample i depends only on the seed, its class and i. */
  readonly first?: number;
  /** Of the noise; the configuration's `seed` if left out. */
  readonly seed?: number;
  /** The class of all samples, by name or number; each class in turn if left out. */
  readonly class?: string | number;
  /** Network evaluations per sample; 1 if left out. */
  readonly steps?: number;
  /** Take the levels of `multistepLevels`, even if `searchLevels` found others for these steps and weights. */
  readonly plainLevels?: boolean;
  /** Weights to sample with: the decay rate of an average, or "online". */
  readonly ema?: "online" | number;
  readonly engine?: Config["engine"]["name"];
  readonly threads?: number;
  /** Called as samples are made and drawn. */
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

/** A run folder and what can be done with it. Every method reads the last checkpoint again. */
export interface Run extends RunFolder {
  /** Whether the last checkpoint is that of the last step. */
  readonly finished: boolean;
  /**
   * Trains on from the last checkpoint, exactly as if it had not stopped. A finished run draws its samples again; one
   * that was killed before its first checkpoint begins again.
   * @throws ImagefnError `no-checkpoint`, `damaged-checkpoint`, `other-settings`
   */
  resume(options?: SittingOptions): Promise<Run>;
  /**
   * Image functions, in one step each or in several.
   * @throws ImagefnError `no-functions` if the run's generator makes images, or does in several steps
   */
  sample(options?: SampleOptions): Promise<ImageFunction[]>;
  /** Images [3, size, size] of the training size in [-1, 1], from any generator: f with its skip term, as metrics take it. */
  images(options?: SampleOptions): Promise<NdArray<Float32Array>[]>;
  /**
   * Writes an animation that goes from sample to sample and back to the first, and returns its path.
   * @throws ImagefnError `no-functions` if the run's generator makes images
   */
  animate(options?: AnimateOptions): Promise<string>;
  /** Writes samples as pictures, and returns the pictures' paths. */
  draw(options?: DrawOptions): Promise<string[]>;
  /**
   * Searches the noise levels of 2 .. `steps` steps whose samples have the least Frechet distance from the run's data, and keeps
   * them in levels.json, where `draw` finds them.
   */
  searchLevels(options: SearchLevelsOptions): Promise<LevelSearch>;
  /**
   * Edits a picture without further training, or draws what lies between two samples, and returns the paths of the pictures:
   * Song et al. 2023, algorithm 4.
   * @throws ImagefnError `invalid-option` or `invalid-data` for what cannot be edited
   */
  edit(options: EditOptions): Promise<string[]>;
  /**
   * Measures samples against the run's own training images, or against `reference`. A metric whose weights are
   * missing is a finding with the reason.
   */
  evaluate(options?: EvaluateRunOptions): Promise<Evaluation>;
  /**
   * Finds the training picture that is most like each sample, beside what held-out pictures have: whether the run copies.
   * `nearestPage` of @imagefn/metrics makes a page of them.
   */
  nearest(options?: NearestRunOptions): Promise<NearestPictures>;
  /**
   * What networks of metrics make of a share of the samples, for several processes: `saveFeatures`, `openFeatures` and
   * `evaluateSaved` of @imagefn/metrics measure all shares together.
   */
  features(options?: RunFeaturesOptions): Promise<ShardFeatures>;
  /** Writes the generator as an .onnx file, or one image function as one, as a .safetensors file or as a shader. */
  export(options?: ExportOptions): Promise<Exported>;
}

/**
 * Opens a run folder.
 * @throws ImagefnError `not-a-run` if it is not a run folder, `invalid-config` if its config.yaml is broken
 */
export async function openRun(path: string): Promise<Run> {
  return runOf(openRunFolder(path));
}

/** A run folder with its methods. */
export function runOf(folder: RunFolder): Run {
  const position = lastPosition(folder);
  return {
    ...folder,
    finished: position !== undefined && isLast(position),
    async resume(options = {}) {
      await trainOn(folder, options);
      return runOf(folder);
    },
    async sample(options = {}) {
      const samples = await sampleRun(folder.path, options, false);
      return samples.filter(isFunction);
    },
    async images(options = {}) {
      const { size } = folder.config.data;
      const samples = await sampleRun(folder.path, options, true);
      return samples.map((image) => ndarray(image as Float32Array, [3, size, size]));
    },
    async animate(options = {}) {
      checkOptions(options);
      options.signal?.throwIfAborted();
      return animateRun(await openTrained(folder.path, options), options);
    },
    async draw(options = {}) {
      checkOptions(options);
      options.signal?.throwIfAborted();
      return drawSamples(await openTrained(folder.path, options), options);
    },
    async searchLevels(options) {
      checkOptions(options);
      options.signal?.throwIfAborted();
      return searchRunLevels(await openTrained(folder.path, options), options);
    },
    async edit(options) {
      options.signal?.throwIfAborted();
      const mode = checkEdit(options);
      return editRun(await openTrained(folder.path, options), mode, options);
    },
    evaluate: async (options = {}) => evaluateRun(folder.path, options),
    nearest: async (options = {}) => nearestOfRun(folder.path, options),
    features: async (options = {}) => runFeatures(folder.path, options),
    async export(options = {}) {
      checkOptions(options);
      return exportRun(await openTrained(folder.path, options), options);
    },
  };
}

async function sampleRun(path: string, options: SampleOptions, images: boolean): Promise<Sample[]> {
  checkOptions(options);
  options.signal?.throwIfAborted();
  const trained = await openTrained(path, options);
  const { config } = trained.run;
  const { parameterisation } = config.train;
  const { count = config.sample.count, first = 0, seed = config.seed, onProgress, signal } = options;
  const { steps = usualSteps(config.train), plainLevels } = options;
  checkSteps(config, steps);
  if (!images && !endsInFunctions(trained.generator, { parameterisation, steps }))
    throw new ImagefnError(
      "no-functions",
      drawsFunctions(trained.generator)
        ? stepsMakeImages(config.train, steps)
        : `generator.kind ${config.generator.kind} makes images, not image functions.`,
    );
  const one = options.class === undefined ? undefined : classNumber(options.class, trained.classes, path);
  checkGuidance(trained, options);
  const { engine } = await engineFor(config, options);
  const own = await sampler(engine, trained.generator, trained.weights, {
    ...samplingOf(config.train),
    levels: chosenLevels(trained, steps, plainLevels).levels,
    guidance: options.guidance,
    images,
  });
  try {
    return await own.samples({
      count,
      first,
      seed,
      labels: labelsOf(trained.classes, count, one, first),
      onProgress(step) {
        signal?.throwIfAborted();
        onProgress?.({ phase: "sample", step, total: count, unit: "samples" });
      },
    });
  } finally {
    await own.dispose();
  }
}
