// Generators and image functions as files, with names that contain everything the models depend on.
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { escaped, ImagefnError, makeFolder, quoted, writeAtomic } from "@imagefn/base";
import { type ImageFunction, loadImageFunction } from "@imagefn/inr";
import { sampleMetadata } from "../folder/functionFiles.js";
import { invalidOption } from "../invalidOption.js";
import { checkOptions, unusable } from "../options.js";
import { chosenLevels, levelsPart } from "../sampling/foundLevels.js";
import { checkGuidance, guidancePart } from "../sampling/guidance.js";
import { drawsFunctions, engineOf } from "../sampling/network.js";
import { endsInFunctions, isFunction, sampler } from "../sampling/sampler.js";
import { checkSteps, refuseDiffusion, samplingOf, stepsMakeImages, usualSteps } from "../sampling/steps.js";
import { classNumber, classPart, emaPart, labelsOf, type Trained } from "../sampling/trained.js";
import type { Size } from "../size.js";
import { formatOf } from "./formats.js";
import { checkFormat, type FunctionFormat, functionFile } from "./functionFile.js";
import { generatorModel } from "./models.js";

/** What to export of a run, and to where. */
export interface ExportOptions extends FunctionFormat {
  /** The whole generator, from noise to image, or one image function, from coordinates to colours. */
  readonly what?: "generator" | "function";
  /** Size of the image of an .onnx model; the training size if left out. */
  readonly size?: Size;
  /** Images per call of a generator; 1 if left out. */
  readonly batch?: number;
  /** Seed of the function: the one that sampling makes for this seed and class. */
  readonly seed?: number;
  readonly class?: string | number;
  /** Scale of classifier-free guidance of the function; 1, without it, if left out. */
  readonly guidance?: number;
  /** Steps of each sample; 1 if left out, 18 of a diffusion model's function. */
  readonly steps?: number;
  /** Take the levels of `multistepLevels`, even if `searchLevels` found others for these steps and weights. */
  readonly plainLevels?: boolean;
  /** Weights: the decay rate of an average, or "online". */
  readonly ema?: "online" | number;
  /** The file; if left out, a file in `folder`, named after its content. */
  readonly out?: string;
  /** Where a file goes that is named after its content; exports/ of the run if left out. */
  readonly folder?: string;
}

/** A written model. */
export interface Exported {
  readonly path: string;
  /** Its inputs and outputs, as one line. */
  readonly about: string;
}

/**
 * Writes the generator of a run as an .onnx file, or one of its image functions in any format.
 * @throws ImagefnError `invalid-option` for an option that this run cannot be exported with
 */
export async function exportRun(trained: Trained, options: ExportOptions): Promise<Exported> {
  const { what = "generator" } = options;
  if (what !== "generator" && what !== "function") throw unusable("what", what, "generator or function");
  return what === "function" ? exportSample(trained, options) : exportGenerator(trained, options);
}

async function exportGenerator(trained: Trained, options: ExportOptions): Promise<Exported> {
  const format = formatOf(options);
  if (format !== "onnx")
    throw invalidOption(
      "format",
      format,
      "a generator is written as onnx only.",
      "Set what to function for one of its image functions.",
    );
  checkFormat(options);
  for (const name of ["seed", "class", "guidance"] as const)
    if (options[name] !== undefined)
      throw invalidOption(
        name,
        options[name],
        "it is about one image function, but the whole generator is exported.",
      );
  const { run, generator } = trained;
  refuseDiffusion(run, "a generator in one call");
  const native = run.config.data.size;
  const { batch = 1, steps = 1, size: [width, height] = [native, native] as Size } = options;
  const { shape, classes } = generator;
  const { parameterisation } = run.config.train;
  checkSteps(run.config, steps);
  if (!endsInFunctions(generator, { parameterisation, steps }) && (width !== native || height !== native))
    throw invalidOption(
      "size",
      `${width}x${height}`,
      drawsFunctions(generator)
        ? `${steps} steps of a run with train.parameterisation ${parameterisation} make images of ${native}x${native} only.`
        : `the run ${quoted(run.path)} trains generator.kind ${run.config.generator.kind}, which makes images of ${native}x${native} only.`,
    );
  const chosen = chosenLevels(trained, steps, options.plainLevels);
  const parts = [
    "generator",
    `step${trained.step}`,
    ...emaPart(options.ema),
    ...levelsPart(chosen),
    `${width}x${height}`,
    `batch${batch}`,
  ];
  return write(
    options.out ?? place(trained, options, `${parts.join("-")}.onnx`),
    generatorModel(trained, [width, height], batch, chosen.levels),
    [
      `${trained.origin}: ${["z", ...chosen.levels.map((_, i) => `z${i + 1}`)].join(", ")} [${[batch, ...shape].join(", ")}] of N(0, 1) numbers`,
      classes > 0 ? ` and labels [${batch}] from 0 to ${classes - 1}` : "",
      ` -> image [${batch}, 3, ${height}, ${width}] in [-1, 1]`,
    ].join(""),
  );
}

/** The image function that sampling makes with the same seed, class and weights. */
async function exportSample(trained: Trained, options: ExportOptions): Promise<Exported> {
  refuseBatch(options);
  checkFormat(options);
  const { run, classes, generator, weights, step } = trained;
  const { seed = run.config.seed, steps = usualSteps(run.config.train) } = options;
  const one = options.class === undefined ? undefined : classNumber(options.class, classes, run.path);
  const labels = labelsOf(classes, 1, one);
  if (!drawsFunctions(generator))
    throw invalidOption(
      "what",
      "function",
      `the run ${quoted(run.path)} trains generator.kind ${run.config.generator.kind}, which makes images.`,
    );
  const { train } = run.config;
  checkSteps(run.config, steps);
  if (!endsInFunctions(generator, { parameterisation: train.parameterisation, steps }))
    throw invalidOption("steps", steps, stepsMakeImages(train, steps));
  checkGuidance(trained, options);
  const chosen = chosenLevels(trained, steps, options.plainLevels);
  const { engine } = await engineOf(run.config);
  const { guidance } = options;
  const own = await sampler(engine, generator, weights, {
    ...samplingOf(train),
    levels: chosen.levels,
    guidance,
  });
  const [fn] = await own
    .samples({ count: 1, seed, labels })
    .then((samples) => samples.filter(isFunction))
    .finally(own.dispose);
  const parts = [
    "function",
    `step${step}`,
    `seed${seed}`,
    ...classPart(one, classes),
    ...emaPart(options.ema),
    ...guidancePart(options),
    ...levelsPart(chosen),
  ];
  const metadata = { ...sampleMetadata(seed, classes, labels, options)(0), step: String(step) };
  return writeFunction({ ...fn, metadata }, options, run.config.data.size, (suffix) =>
    place(trained, options, [...parts, suffix].join("-")),
  );
}

/** The size of a function's model if neither a run nor the caller sets one. */
const COMMON_SIZE = 256;

/**
 * Writes the image function of a .safetensors file in another format, or another precision, beside it.
 * @throws ImagefnError `invalid-data` if the file does not contain an image function, `invalid-option` for an option that
 * belongs to another format
 */
export async function exportFunctionFile(
  path: string,
  options: FunctionFormat & Pick<ExportOptions, "batch"> = {},
): Promise<Exported> {
  checkOptions(options);
  refuseBatch(options);
  checkFormat(options);
  let fn: ImageFunction;
  try {
    fn = loadImageFunction(await readFile(path));
  } catch (error) {
    throw new ImagefnError(
      "invalid-data",
      `${quoted(path)} is neither a run folder nor an image function file: ${escaped((error as Error).message)}. ` +
        "Give a run folder, or a .safetensors file from its functions/.",
      { path },
    );
  }
  const stem = basename(path).replace(/\.safetensors$/, "");
  return writeFunction(fn, options, COMMON_SIZE, (suffix) => join(dirname(path), `${stem}-${suffix}`));
}

function refuseBatch({ batch }: ExportOptions): void {
  if (batch !== undefined)
    throw invalidOption(
      "batch",
      batch,
      "it requires a generator: an image function takes one coordinate pair per pixel.",
    );
}

function writeFunction(
  fn: ImageFunction,
  options: ExportOptions,
  native: number,
  path: (suffix: string) => string,
): Promise<Exported> {
  const { bytes, suffix, about } = functionFile(fn, options, native);
  return write(options.out ?? path(suffix), bytes, about);
}

async function write(path: string, bytes: Uint8Array, about: string): Promise<Exported> {
  makeFolder(dirname(path));
  await writeAtomic(path, bytes);
  return { path, about };
}

/** The default path: its name contains everything the model depends on. */
const place = ({ run }: Trained, { folder = join(run.path, "exports") }: ExportOptions, name: string) =>
  join(folder, name);
