// `imagefn sample`: image functions of a run's last checkpoint, as grids at any size and as files.
import { join } from "node:path";
import { cleanInterrupt, type ImageRows, makeFolder } from "@imagefn/base";
import type { Engine } from "@imagefn/ops";
import {
  classNumber,
  classPart,
  drawn,
  drawsFunctions,
  engineOf,
  fourDigits,
  isFunction,
  labelsOf,
  multistepLevels,
  openTrained,
  type ProgressWriter,
  type Sample,
  type Size,
  sampleMetadata,
  sampler,
  type Trained,
  writeFunctions,
  writeGrid,
} from "@imagefn/runs";
import { UsageError } from "../errors.js";
import type { SampleOptions } from "../options/sample.js";
import { createProgress } from "../progress.js";

/** Sheets are no larger than this, in pixels a side; larger ones become a picture for each function. */
const LARGEST_SHEET = 8192;

/** Samples that are in memory together where each has files of its own. */
const PIECE = 256;

/** What is sampled, with everything that was left out filled in. */
interface Request {
  readonly count: number;
  readonly seed: number;
  /** Classes that share the noise, one row each; undefined: `labels` in one go. */
  readonly rows?: readonly number[];
  readonly labels?: readonly number[];
  readonly sizes: readonly Size[];
  readonly steps: number;
  readonly saveFunctions: boolean;
  readonly separate: boolean;
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
  await draw(engine, trained, request, progress);
  progress.done();
}

/** The request with the run's own settings where nothing was asked for. */
function complete(options: SampleOptions, trained: Trained): Request {
  const { run, classes, step } = trained;
  const { config } = run;
  const { count = config.sample.count, seed = config.seed, steps, out } = options;
  const native: Size = [config.data.size, config.data.size];
  if (!drawsFunctions(trained.generator))
    refuseFunctions(options, native, `a run of generator.kind ${config.generator.kind}`);
  else if (steps > 1) refuseFunctions(options, native, `--steps ${steps}`);
  if (steps > config.train.s1)
    throw new UsageError(
      `--steps ${steps} is more than the noise grid of this run has (train.s1 ${config.train.s1}). ` +
        `Use ${config.train.s1} or fewer.`,
    );
  if (options.byClass && classes.length === 0)
    throw new UsageError(
      `--by-class: the run ${run.path} was trained without classes (data.classes is false). Leave it out.`,
    );
  const functions = drawsFunctions(trained.generator) && steps === 1;
  const one = options.class === undefined ? undefined : classNumber(options.class, classes, run.path);
  const parts = [
    `step${step}`,
    `seed${seed}`,
    `count${count}`,
    ...(one === undefined ? [] : [`class${classPart(one, classes)}`]),
    ...(options.byClass ? ["by-class"] : []),
    ...(options.ema === undefined ? [] : [options.ema === "online" ? "online" : `ema${options.ema}`]),
    ...(steps > 1 ? [`levels${steps}`] : []),
  ];
  return {
    count,
    seed,
    steps,
    rows: options.byClass ? classes.map((_, k) => k) : undefined,
    labels: options.byClass
      ? classes.flatMap((_, k) => Array<number>(count).fill(k))
      : labelsOf(classes, count, one),
    sizes: unique(options.sizes ?? (functions ? config.sample.sizes : [native])),
    saveFunctions: options.saveFunctions,
    separate: options.separate,
    pictures: out ?? run.samples,
    functions: out ?? run.functions,
    name: parts.join("-"),
  };
}

/** Where images of the training size come out, there is neither another size nor a function to keep. */
function refuseFunctions({ sizes, saveFunctions }: SampleOptions, [width, height]: Size, what: string) {
  const other = sizes?.find((size) => size[0] !== width || size[1] !== height);
  if (other !== undefined)
    throw new UsageError(
      `--size ${other.join("x")} cannot be had from ${what}: it gives images of the training size, ` +
        `${width}x${height}. Leave --size out; one step of an image-function generator (func) draws at any size.`,
    );
  if (saveFunctions)
    throw new UsageError(
      `--save-functions cannot be used with ${what}: it gives images, not image functions. Leave one of them out.`,
    );
}

const unique = (sizes: readonly Size[]): Size[] => [
  ...new Map(sizes.map((size) => [size.join("x"), [...size] as Size])).values(),
];

async function draw(engine: Engine, trained: Trained, request: Request, progress: ProgressWriter) {
  const { count, seed, rows = [undefined], labels, sizes, steps } = request;
  const levels = multistepLevels(steps, trained.run.config.train.s1);
  if (levels.length > 0)
    progress.message(`noise levels 80, ${levels.map((level) => level.toPrecision(3)).join(", ")}`);
  const own = await sampler(engine, trained.generator, trained.weights, { levels });
  const finish = async (samples: readonly Sample[], first: number) => {
    if (request.saveFunctions)
      await writeFunctions(
        request.functions,
        request.name,
        samples.filter(isFunction),
        sampleMetadata(seed, trained.classes, labels),
        first,
      );
    for (const size of sizes) await drawAt(engine, samples, first, size, request, progress);
  };
  const waiting: Sample[] = [];
  let done = 0;
  for (const row of rows) {
    const classes = row === undefined ? labels : Array<number>(count).fill(row);
    for (let first = 0; first < count; first += PIECE) {
      const piece = await own.samples({
        count: Math.min(PIECE, count - first),
        first,
        seed,
        labels: classes?.slice(first, first + PIECE),
        onProgress: (n) =>
          progress.update({ phase: "sample", step: done + n, total: count * rows.length, unit: "samples" }),
      });
      if (request.separate) await finish(piece, done);
      else waiting.push(...piece);
      done += piece.length;
    }
  }
  await own.dispose();
  if (!request.separate) await finish(waiting, 0);
  if (request.saveFunctions)
    progress.message(`functions: ${join(request.functions, `${request.name}-*.safetensors`)}`);
}

/** One grid; a picture for each sample on request, and where the grid would be too large. */
async function drawAt(
  engine: Engine,
  samples: readonly Sample[],
  first: number,
  size: Size,
  request: Request,
  progress: ProgressWriter,
) {
  const [width, height] = size;
  const total = height * samples.length;
  let done = 0;
  const images = samples.map((one) =>
    drawn(engine, one, size, (rows) => {
      done += rows;
      progress.update({ phase: `${width}x${height}`, step: done, total, unit: "rows" });
    }),
  );
  await writePictures(images, first, size, request, progress);
}

async function writePictures(
  images: readonly ImageRows[],
  first: number,
  [width, height]: Size,
  { pictures, name, rows, count, separate }: Request,
  progress: ProgressWriter,
) {
  const path = (suffix: string) => join(pictures, `${name}-${width}x${height}${suffix}.png`);
  const columns = rows ? count : Math.ceil(Math.sqrt(images.length));
  const sheets =
    !separate && (images.length === 1 || Math.max(width, height) * columns <= LARGEST_SHEET)
      ? [{ images, path: path("") }]
      : images.map((image, i) => ({ images: [image], path: path(`-${fourDigits(first + i)}`) }));
  for (const one of sheets) {
    await writeGrid(one.path, one.images, { width, height, ...(rows ? { columns } : {}) });
    progress.done();
    process.stdout.write(`${one.path}\n`);
  }
}
