// `imagefn export`: a run's generator, or an image function, as an .onnx file; or the explorer as a folder.
import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { cleanInterrupt, makeFolder, writeAtomic } from "@imagefn/base";
import { type ImageFunction, loadImageFunction } from "@imagefn/inr";
import {
  classNumber,
  classPart,
  drawsFunctions,
  engineOf,
  functionModel,
  generatorModel,
  isFunction,
  labelsOf,
  openTrained,
  type Size,
  sampleMetadata,
  sampler,
  type Trained,
} from "@imagefn/runs";
import { explorerSite, writeSite } from "@imagefn/viewer";
import { UsageError, UserError } from "../errors.js";
import type { ExportOptions } from "../options/export.js";

/** Writes the model, prints its path, and says on stderr what goes in and what comes out. */
export async function run(options: ExportOptions): Promise<void> {
  cleanInterrupt();
  if (options.web !== undefined) return webFolder(options, options.web);
  const { path, bytes, about } = isFile(options.run)
    ? await functionFile(options)
    : options.what === "function"
      ? await sampledFunction(options)
      : await wholeGenerator(options);
  makeFolder(dirname(path));
  await writeAtomic(path, bytes);
  process.stderr.write(`${about}\n`);
  process.stdout.write(`${path}\n`);
}

/** The page of `imagefn explore` as a folder, and its path printed. */
async function webFolder({ run, ema }: ExportOptions, folder: string): Promise<void> {
  if (isFile(run))
    throw new UsageError(
      `--web: ${run} is a file, and the page makes functions with a generator. Give a run folder.`,
    );
  const trained = await openTrained(run, { ema });
  await writeSite(await explorerSite(trained), folder);
  process.stderr.write(`${trained.origin}; open it over http, as with \`npx http-server ${folder}\`\n`);
  process.stdout.write(`${folder}\n`);
}

interface Exported {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly about: string;
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** The default place: exports/ of the run, under a name that holds whatever the model depends on. */
const place = ({ out }: ExportOptions, { run }: Trained, parts: readonly string[]) =>
  out ?? join(run.path, "exports", `${parts.join("-")}.onnx`);

const emaPart = ({ ema }: ExportOptions) =>
  ema === undefined ? [] : [ema === "online" ? "online" : `ema${ema}`];

async function wholeGenerator(options: ExportOptions): Promise<Exported> {
  for (const name of ["seed", "class"] as const)
    if (options[name] !== undefined)
      throw new UsageError(
        `--${name} chooses an image function, and the whole generator is to be exported: add --what function, ` +
          `or leave --${name} out.`,
      );
  const trained = await openTrained(options.run, options);
  const native = trained.run.config.data.size;
  const { batch = 1, size: [width, height] = [native, native] as Size } = options;
  const { shape, classes } = trained.generator;
  if (!drawsFunctions(trained.generator) && (width !== native || height !== native))
    throw new UsageError(
      `--size ${width}x${height}: the run ${trained.run.path} trains generator.kind ` +
        `${trained.run.config.generator.kind}, which makes images of ${native}x${native} only. Leave --size out.`,
    );
  const name = [
    "generator",
    `step${trained.step}`,
    ...emaPart(options),
    `${width}x${height}`,
    `batch${batch}`,
  ];
  return {
    path: place(options, trained, name),
    bytes: generatorModel(trained, [width, height], batch),
    about:
      `${trained.origin}: z [${[batch, ...shape].join(", ")}] of N(0, 1) numbers` +
      (classes > 0 ? ` and labels [${batch}] from 0 to ${classes - 1}` : "") +
      ` -> image [${batch}, 3, ${height}, ${width}] in [-1, 1]`,
  };
}

/** The function that `imagefn sample --count 1` gives for the same seed, class and weights. */
async function sampledFunction(options: ExportOptions): Promise<Exported> {
  refuseBatch(options);
  const trained = await openTrained(options.run, options);
  const { run, classes, generator, weights, step } = trained;
  const { seed = run.config.seed } = options;
  const one = options.class === undefined ? undefined : classNumber(options.class, classes, run.path);
  const labels = labelsOf(classes, 1, one);
  if (!drawsFunctions(generator))
    throw new UsageError(
      `--what function: the run ${run.path} trains generator.kind ${run.config.generator.kind}, which makes images. ` +
        "Leave it out to export the whole generator.",
    );
  const { engine } = await engineOf(run.config);
  const own = await sampler(engine, generator, weights);
  const [fn] = (await own.samples({ count: 1, seed, labels })).filter(isFunction);
  await own.dispose();
  const name = [
    "function",
    `step${step}`,
    `seed${seed}`,
    ...(one === undefined ? [] : [`class${classPart(one, classes)}`]),
  ];
  const metadata = { ...sampleMetadata(seed, classes, labels)(0), step: String(step) };
  return functionExport({ ...fn, metadata }, options, run.config.data.size, (size) =>
    place(options, trained, [...name, ...emaPart(options), size]),
  );
}

/** An image function from its own file: one that `sample` or `train` wrote, or a fitted one. */
async function functionFile(options: ExportOptions): Promise<Exported> {
  const { run: path, out } = options;
  refuseBatch(options);
  for (const name of ["seed", "class", "ema"] as const)
    if (options[name] !== undefined)
      throw new UsageError(
        `--${name} belongs to the sampling of a run, and ${path} is a file. Leave it out.`,
      );
  let fn: ImageFunction;
  try {
    fn = loadImageFunction(await readFile(path));
  } catch (error) {
    throw new UserError(
      `${path} is neither a run folder nor the file of an image function: ${(error as Error).message}. ` +
        "Give a run folder, or a .safetensors file out of its functions/.",
    );
  }
  // Without a run there is no training size; a common one stands in.
  return functionExport(
    fn,
    options,
    256,
    (size) => out ?? join(dirname(path), `${basename(path).replace(/\.safetensors$/, "")}-${size}.onnx`),
  );
}

function refuseBatch({ batch }: ExportOptions): void {
  if (batch !== undefined)
    throw new UsageError(
      `--batch ${batch} is of use with a generator only: an image function takes coordinates, as many as --size has ` +
        "pixels. Leave it out.",
    );
}

function functionExport(
  fn: ImageFunction,
  options: ExportOptions,
  native: number,
  path: (size: string) => string,
): Exported {
  const [width, height] = options.size ?? [native, native];
  const points = width * height;
  return {
    path: path(`${width}x${height}`),
    bytes: functionModel(fn, points),
    about:
      `coordinates [${points}, 2] of (row, column), ${fn.architecture.coordinates === "center" ? "from -1 to 1" : "from 0 to 1"}, ` +
      `-> colours [${points}, 3] in [-1, 1]`,
  };
}
