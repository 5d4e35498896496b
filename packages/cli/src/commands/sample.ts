// `imagefn sample`: image functions of a run's last checkpoint, as grids at any size and as files.
import { join } from "node:path";
import type { ImageFunction } from "@imagefn/inr";
import type { Engine } from "@imagefn/ops";
import { UsageError } from "../errors.js";
import { type ImageRows, imageRows } from "../grid.js";
import { makeFolder } from "../makeFolder.js";
import type { SampleOptions } from "../options/sample.js";
import type { Size } from "../options/values.js";
import { createProgress, type ProgressWriter } from "../progress.js";
import { sampleMetadata, writeFunctions } from "../run/functionFiles.js";
import { engineOf } from "../run/network.js";
import { drawn, writeGrid } from "../run/pictures.js";
import { multistepImages, multistepLevels, sampler } from "../run/sampler.js";
import { classNumber, classPart, labelsOf, openTrained, type Trained } from "../run/trained.js";
import { cleanInterrupt } from "../writeAtomic.js";

/** Sheets are no larger than this, in pixels a side; larger ones become a picture for each function. */
const LARGEST_SHEET = 8192;

/** What is sampled, with everything that was left out filled in. */
interface Request {
  readonly count: number;
  readonly seed: number;
  readonly labels?: readonly number[];
  readonly sizes: readonly Size[];
  readonly steps: number;
  readonly saveFunctions: boolean;
  /** Where pictures and functions go. */
  readonly pictures: string;
  readonly functions: string;
  /** Begins every file's name. It holds whatever the pictures depend on, so equal names mean equal pictures. */
  readonly name: string;
}

/** Samples, and prints the path of each picture. */
export async function run(options: SampleOptions): Promise<void> {
  const trained = await openTrained(options.run, options);
  const request = complete(options, trained);
  const { name, threads } = trained.run.config.engine;
  const { engine, why } = await engineOf({
    engine: { name: options.engine ?? name, threads: options.threads ?? threads },
  });
  const progress = createProgress();
  progress.message(`${trained.origin}; engine ${engine.name} (${why})`);
  cleanInterrupt();
  for (const folder of [request.pictures, request.functions]) makeFolder(folder);
  if (request.steps > 1) await multistep(engine, trained, request, progress);
  else await oneStep(engine, trained, request, progress);
  progress.done();
}

/** The request with the run's own settings where nothing was asked for. */
function complete(options: SampleOptions, trained: Trained): Request {
  const { run, classes, step } = trained;
  const { config } = run;
  const { count = config.sample.count, seed = config.seed, steps, out } = options;
  const native: Size = [config.data.size, config.data.size];
  if (steps > 1) refuseWithSteps(options, native, config.train.s1);
  const one = options.class === undefined ? undefined : classNumber(options.class, classes, run.path);
  const parts = [
    `step${step}`,
    `seed${seed}`,
    `count${count}`,
    ...(one === undefined ? [] : [`class${classPart(one, classes)}`]),
    ...(options.ema === undefined ? [] : [options.ema === "online" ? "online" : `ema${options.ema}`]),
    ...(steps > 1 ? [`levels${steps}`] : []),
  ];
  return {
    count,
    seed,
    steps,
    labels: labelsOf(classes, count, one),
    sizes: unique(options.sizes ?? (steps > 1 ? [native] : config.sample.sizes)),
    saveFunctions: options.saveFunctions,
    pictures: out ?? run.samples,
    functions: out ?? run.functions,
    name: parts.join("-"),
  };
}

/** Several steps go through images of the training size: there is neither another size nor a function at the end. */
function refuseWithSteps({ steps, sizes, saveFunctions }: SampleOptions, [width, height]: Size, s1: number) {
  const other = sizes?.find((size) => size[0] !== width || size[1] !== height);
  if (other !== undefined)
    throw new UsageError(
      `--steps ${steps} cannot be used with --size ${other.join("x")}: steps after the first add noise to an image of ` +
        `the training size, ${width}x${height}. Leave --size out, or sample in one step, which draws at any size.`,
    );
  if (saveFunctions)
    throw new UsageError(
      `--steps ${steps} cannot be used with --save-functions: several steps end with an image, not with a function. ` +
        "Leave one of them out.",
    );
  if (steps > s1)
    throw new UsageError(
      `--steps ${steps} is more than the noise grid of this run has (train.s1 ${s1}). Use ${s1} or fewer.`,
    );
}

const unique = (sizes: readonly Size[]): Size[] => [
  ...new Map(sizes.map((size) => [size.join("x"), [...size] as Size])).values(),
];

async function oneStep(engine: Engine, trained: Trained, request: Request, progress: ProgressWriter) {
  const { count, seed, labels, sizes } = request;
  const own = await sampler(engine, trained.generator, trained.weights);
  const onProgress = (step: number) =>
    progress.update({ phase: "sample", step, total: count, unit: "functions" });
  const functions = await own.functions({ count, seed, labels, onProgress });
  await own.dispose();
  if (request.saveFunctions) {
    await writeFunctions(
      request.functions,
      request.name,
      functions,
      sampleMetadata(seed, trained.classes, labels),
    );
    progress.message(`functions: ${join(request.functions, `${request.name}-*.safetensors`)}`);
  }
  for (const size of sizes) await render(engine, functions, size, request, progress);
}

/** One grid, or where it would be too large a picture for each function. */
async function render(
  engine: Engine,
  functions: readonly ImageFunction[],
  size: Size,
  request: Request,
  progress: ProgressWriter,
) {
  const [width, height] = size;
  const total = height * functions.length;
  let done = 0;
  const images = functions.map((fn) =>
    drawn(engine, fn, size, (rows) => {
      done += rows;
      progress.update({ phase: `${width}x${height}`, step: done, total, unit: "rows" });
    }),
  );
  await writePictures(images, size, request, progress);
}

async function writePictures(
  images: readonly ImageRows[],
  [width, height]: Size,
  { pictures, name }: Request,
  progress: ProgressWriter,
) {
  const path = (suffix: string) => join(pictures, `${name}-${width}x${height}${suffix}.png`);
  const columns = Math.ceil(Math.sqrt(images.length));
  const sheets =
    images.length === 1 || Math.max(width, height) * columns <= LARGEST_SHEET
      ? [{ images, path: path("") }]
      : images.map((image, i) => ({ images: [image], path: path(`-${String(i).padStart(4, "0")}`) }));
  for (const one of sheets) {
    await writeGrid(one.path, one.images, { width, height });
    progress.done();
    process.stdout.write(`${one.path}\n`);
  }
}

async function multistep(engine: Engine, trained: Trained, request: Request, progress: ProgressWriter) {
  const { count, seed, labels, steps } = request;
  const levels = multistepLevels(steps, trained.run.config.train.s1);
  progress.message(`noise levels 80, ${levels.map((level) => level.toPrecision(3)).join(", ")}`);
  const images = await multistepImages(engine, trained.generator, trained.weights, {
    ...{ count, seed, labels, levels },
    onProgress: (step) => progress.update({ phase: "sample", step, total: count, unit: "images" }),
  });
  const [width, height] = request.sizes[0];
  await writePictures(
    images.map((image) => imageRows(image, { width, height })),
    [width, height],
    request,
    progress,
  );
}
