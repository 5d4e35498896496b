// A search for the noise levels of a run's sampler: those whose samples are nearest to its data.
import { ImagefnError } from "@imagefn/base";
import { searchLevels, sigmaMax } from "@imagefn/consistency";
import type { ReadyNetwork } from "@imagefn/metrics";
import type { Config } from "../config/schema.js";
import { invalidOption } from "../invalidOption.js";
import { unusable } from "../options.js";
import type { Progress } from "../progress.js";
import { referenceImages } from "../trainingImages.js";
import { type FoundSteps, type LevelSearch, writeLevels } from "./foundLevels.js";
import { multistepLevels } from "./levels.js";
import { engineFor } from "./network.js";
import { runSource } from "./source.js";
import { checkSteps, refuseDiffusion } from "./steps.js";
import type { Trained } from "./trained.js";

/** How levels are searched. */
export interface SearchLevelsOptions {
  /** Levels are found for 2 .. `steps` steps. */
  readonly steps: number;
  /** Samples of each distance; 300 if left out. */
  readonly count?: number;
  /** Of the noise; the configuration's `seed` if left out. */
  readonly seed?: number;
  /** The network of the distance; if left out FID's where its weights are found, else that of the package nsfwjs. */
  readonly network?: "fid" | "nsfwjs" | "random-conv";
  /** Weights to sample with: the decay rate of an average, or "online". */
  readonly ema?: "online" | number;
  readonly engine?: Config["engine"]["name"];
  readonly threads?: number;
  /** Called as samples are measured. */
  readonly onProgress?: (progress: Progress) => void;
  /** Called with what each choice of levels gives, as one line. */
  readonly onMessage?: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** Levels among which is chosen: from 80 to 0.01 each is half of the one before. */
const CANDIDATES = 12;

/** Images of the data for each sample, at most. */
const REFERENCE = 4;

/**
 * Searches levels for 2 .. `steps` steps and keeps them in levels.json of the run folder, where sampling finds them.
 * @throws ImagefnError `diffusion-run` for a diffusion model, `invalid-option` for steps or a count that cannot be searched, `missing-package` or `missing-weights`
 *   without a network, and as the data set does
 */
export async function searchRunLevels(trained: Trained, options: SearchLevelsOptions): Promise<LevelSearch> {
  const { config } = trained.run;
  const { steps, count = 300, seed = config.seed, onProgress, onMessage = () => {}, signal } = options;
  if (!(steps >= 2)) throw unusable("steps", steps, "2 or more, since one step has no further levels");
  refuseDiffusion(trained.run, "a search for noise levels");
  checkSteps(config, steps);
  const candidates = candidatesOf(config);
  if (candidates.length < steps - 1)
    throw invalidOption(
      "steps",
      steps,
      `levels are searched among ${candidates.length} below ${sigmaMax}.`,
      `Use ${candidates.length + 1} or fewer.`,
    );
  const { extract, frechetDistance, frechetName } = await import("@imagefn/metrics");
  const { network } = await networkOf(options.network, config.weights);
  const fewest = network.fewest ?? 2;
  if (count < fewest)
    throw invalidOption("count", count, `a distance over ${network.name} needs ${fewest} samples.`);
  const images = await referenceImages(config, { onProgress, onMessage });
  if (typeof images === "string") throw new Error("runs: the data of a run are no path");
  const reference = Math.min(images.count, REFERENCE * count);
  if (reference < fewest)
    throw new ImagefnError(
      "invalid-data",
      `the run has ${reference} training images, and a distance over ${network.name} needs ${fewest}.`,
    );
  const { engine } = await engineFor(config, options);
  const measured = async (source: typeof images, n: number, phase: string) => {
    const wanted = { statistics: ["pool"], kept: [] } as const;
    const { statistics } = await extract(engine, network, source, n, wanted, (step) => {
      signal?.throwIfAborted();
      onProgress?.({ phase, step, total: n, unit: "images" });
    });
    return statistics.pool!;
  };
  const metric = frechetName(network);
  onMessage(`${metric} of ${count} samples against ${reference} of the ${images.name}`);
  const real = await measured(images, reference, "data");
  const score = async (levels: readonly number[]) => {
    const distance = frechetDistance(
      real,
      await measured(runSource(engine, trained, seed, levels), count, shown(levels)),
    );
    onMessage(`levels ${shown(levels)}: ${digits(distance)}`);
    return distance;
  };
  const search = { step: trained.step, ema: trained.ema, metric, count, reference, seed };
  const found: FoundSteps[] = [];
  for (let n = 2; n <= steps; n++) {
    const usual = multistepLevels(n, config.train);
    const plain = await score(usual);
    const own = await searchLevels({ candidates, start: usual, score });
    const best =
      own.score < plain ? { levels: own.levels, distance: own.score } : { levels: usual, distance: plain };
    found.push({ steps: n, ...best, plain });
    // What was found stays, however long the rest takes.
    const path = await writeLevels(trained, { ...search, found });
    onMessage(
      `${n} steps: levels ${shown(best.levels)}, ${digits(best.distance)} (${digits(plain)} before), in ${path}`,
    );
  }
  return { ...search, found };
}

const digits = (value: number) => Number(value.toPrecision(4));

const shown = (levels: readonly number[]): string =>
  [sigmaMax, ...levels.map((level) => Number(level.toPrecision(3)))].join(", ");

/** Candidates below 80: the usual levels of as many steps, on a grid of its own with the skip term. */
const candidatesOf = ({ train }: Config): number[] =>
  multistepLevels(CANDIDATES + 1, { ...train, s1: CANDIDATES + 1 });

/** @throws ImagefnError if there is none */
async function networkOf(
  asked: SearchLevelsOptions["network"],
  weights: readonly string[],
): Promise<Pick<ReadyNetwork, "network">> {
  const { fidNetwork, nsfwjsNetwork, randomConvolutions } = await import("@imagefn/metrics");
  if (asked === "random-conv") return { network: randomConvolutions() };
  const fid = asked === "nsfwjs" ? "not asked for" : await fidNetwork(weights, "legacy_tensorflow");
  if (typeof fid !== "string") return fid;
  if (asked === "fid") throw new ImagefnError("missing-weights", `levels are searched by FID: ${fid}.`);
  const other = await nsfwjsNetwork();
  if (typeof other !== "string") return other;
  throw new ImagefnError("missing-package", `levels are searched by a Frechet distance: ${other}.`);
}
