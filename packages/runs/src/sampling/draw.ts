// Samples of a run as pictures: grids at any size, single files, and the image functions themselves.
import { join } from "node:path";
import {
  blocksOf,
  checkShard,
  type Machine,
  machineOf,
  makeFolder,
  quoted,
  type Shard,
  shareOf,
} from "@imagefn/base";
import type { Precision } from "@imagefn/inr";
import type { Config } from "../config/schema.js";
import { samplingEngine } from "../engine/rememberedEngine.js";
import { invalidOption } from "../invalidOption.js";
import type { Progress } from "../progress.js";
import type { Size } from "../size.js";
import { draw, type Request } from "./drawRequest.js";
import { chosenLevels, levelsPart } from "./foundLevels.js";
import { checkGuidance, type Guided, guidancePart } from "./guidance.js";
import { drawsFunctions, withEngine } from "./network.js";
import { endsInFunctions } from "./sampler.js";
import { writeShardRecord } from "./shardRecord.js";
import { checkSteps, usualSteps } from "./steps.js";
import { classNumber, classPart, emaPart, labelsOf, type Trained } from "./trained.js";

/** What to draw, and how. */
export interface DrawOptions extends Guided {
  /** Number of samples; `sample.count` of the run if left out. With `byClass`, for each class. */
  readonly count?: number;
  /** Of the noise; the configuration's `seed` if left out. */
  readonly seed?: number;
  /** Sizes of the pictures; those of the configuration, or the training size, if left out. */
  readonly sizes?: readonly Size[];
  /** All samples of one class, by its name or number. */
  readonly class?: string | number;
  /** A row for each class, from the same noise. */
  readonly byClass?: boolean;
  /**
   * Steps per sample; if left out 1, or 18 for a diffusion model. More than 1 make images of the training size, not functions, unless
   * `train.parameterisation` is `function`. A consistency model takes one network evaluation for each, a diffusion model two, and
   * one for the last.
   */
  readonly steps?: number;
  /** Take the levels of `multistepLevels`, even if `searchLevels` found others for these steps and weights. */
  readonly plainLevels?: boolean;
  /** Weights to sample with: the decay rate of an average, or "online". */
  readonly ema?: "online" | number;
  /** Also write each image function as a .safetensors file. */
  readonly saveFunctions?: boolean;
  /** With `saveFunctions`: how their numbers are stored. `float32` if left out. */
  readonly precision?: Precision;
  /** Write a file for each sample instead of grids: any number of samples in bounded memory. */
  readonly separate?: boolean;
  /**
   * Only this share of the samples, for several processes: together they write what one would, file by file. Requires
   * `separate`. A file NAME-shard3of16.json tells when it is complete, and what it was made with.
   */
  readonly shard?: Shard;
  /** The folder of all files; samples/ and functions/ of the run if left out. */
  readonly out?: string;
  readonly engine?: Config["engine"]["name"];
  readonly threads?: number;
  /** Called as samples are made and drawn. */
  readonly onProgress?: (progress: Progress) => void;
  /** Called with what has no place in progress, as one line. */
  readonly onMessage?: (text: string) => void;
  /** Called before the work begins with what it is done by: other threads or processors may differ in the last bit. */
  readonly onMachine?: (machine: Machine) => void;
  /** Called with the path of each picture once it is written. */
  readonly onPicture?: (path: string) => void;
  /** With `saveFunctions`: called with the paths of image functions once they are written. */
  readonly onFunctions?: (paths: readonly string[]) => void;
  /** Stops between batches of samples and parts of pictures; the promise rejects with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * Draws samples of a run and returns the paths of the pictures. Their names contain everything they depend on.
 * @throws ImagefnError `invalid-option` for an option that this run cannot be drawn with
 */
export async function drawSamples(trained: Trained, options: DrawOptions): Promise<string[]> {
  const request = complete(options, trained);
  const config = withEngine(trained.run.config, options);
  const { threads } = config.engine;
  const { engine, why } = await samplingEngine(
    config,
    request.blocks.reduce((n, block) => n + block.count, 0),
  );
  const { onProgress, onMessage = () => {}, onPicture, onFunctions, signal } = options;
  const machine = machineOf(engine.name, threads);
  onMessage(`${trained.origin}; engine ${engine.name} (${why})`);
  options.onMachine?.(machine);
  for (const folder of [request.pictures, request.functions]) makeFolder(folder);
  const paths: string[] = [];
  await draw(engine, trained, request, {
    progress(progress) {
      signal?.throwIfAborted();
      onProgress?.(progress);
    },
    message: onMessage,
    picture(path) {
      paths.push(path);
      onPicture?.(path);
    },
    functions: (paths) => onFunctions?.(paths),
  });
  const { shard, name: prefix, sizes, pictures, count, seed, blocks } = request;
  if (shard)
    await writeShardRecord(
      join(pictures, [prefix, ...sizes.map((size) => size.join("x"))].join("-")),
      trained,
      {
        shard,
        count,
        seed,
        guidance: request.guidance,
        samples: blocks.reduce((n, block) => n + block.count, 0),
        ...machine,
      },
    );
  return paths;
}

/** The request, with the run's settings for omitted options. */
function complete(options: DrawOptions, trained: Trained): Request {
  const { run, classes, step } = trained;
  const { config } = run;
  const { count = config.sample.count, seed = config.seed, steps = usualSteps(config.train), out } = options;
  const { saveFunctions = false, precision = "float32", separate = false, shard } = options;
  if (options.precision !== undefined && !saveFunctions)
    throw invalidOption("precision", precision, "it requires saveFunctions: pictures have bytes.");
  if (shard) checkShard(shard);
  if (shard && !separate)
    throw invalidOption(
      "shard",
      `${shard.index}/${shard.of}`,
      "a grid cannot be cut into shares.",
      "Use separate, which writes a file for each sample.",
    );
  const { parameterisation } = config.train;
  const native: Size = [config.data.size, config.data.size];
  if (!drawsFunctions(trained.generator))
    refuseFunctions(options, native, `a run of generator.kind ${config.generator.kind}`);
  else if (!endsInFunctions(trained.generator, { parameterisation, steps }))
    refuseFunctions(options, native, `steps ${steps}`);
  checkSteps(config, steps);
  checkGuidance(trained, options);
  if (options.byClass && options.class !== undefined)
    throw invalidOption("class", options.class, "byClass draws every class.");
  if (options.byClass && classes.length === 0)
    throw invalidOption(
      "byClass",
      true,
      `the run ${quoted(run.path)} was trained without classes (data.classes is false).`,
    );
  const functions = endsInFunctions(trained.generator, { parameterisation, steps });
  const rows = options.byClass ? classes.map((_, k) => k) : undefined;
  const blocks = (rows ?? [0]).flatMap((row) =>
    blocksOf(count).map((block) => ({ ...block, number: row * count + block.first })),
  );
  const one = options.class === undefined ? undefined : classNumber(options.class, classes, run.path);
  const chosen = chosenLevels(trained, steps, options.plainLevels);
  const parts = [
    `step${step}`,
    `seed${seed}`,
    `count${count}`,
    ...classPart(one, classes),
    ...(options.byClass ? ["by-class"] : []),
    ...emaPart(options.ema),
    ...guidancePart(options),
    ...levelsPart(chosen),
  ];
  return {
    count,
    seed,
    guidance: options.guidance,
    chosen,
    rows,
    blocks: shareOf(blocks, shard),
    shard,
    labels: options.byClass
      ? classes.flatMap((_, k) => Array<number>(count).fill(k))
      : labelsOf(classes, count, one),
    sizes: unique(options.sizes ?? (functions ? config.sample.sizes : [native])),
    saveFunctions,
    precision,
    separate,
    pictures: out ?? run.samples,
    functions: out ?? run.functions,
    name: parts.join("-"),
  };
}

/** If the output is images of the training size, other sizes and functions cannot be asked for. */
function refuseFunctions({ sizes, saveFunctions }: DrawOptions, [width, height]: Size, what: string) {
  const other = sizes?.find((size) => size[0] !== width || size[1] !== height);
  if (other !== undefined)
    throw invalidOption(
      "size",
      other.join("x"),
      `${what} gives images of the training size only, ${width}x${height}. One step of an image-function generator ` +
        "(func) renders at any size, and several do if it was trained with train.parameterisation function.",
    );
  if (saveFunctions) throw invalidOption("saveFunctions", true, `${what} gives images, not image functions.`);
}

const unique = (sizes: readonly Size[]): Size[] => [
  ...new Map(sizes.map((size) => [size.join("x"), [...size] as Size])).values(),
];
