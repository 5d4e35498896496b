// Makes the samples of a request and writes them, in bounded memory where each has files of its own.
import { join } from "node:path";
import { type Block, quoted, type Shard } from "@imagefn/base";
import { heunEvaluations } from "@imagefn/consistency";
import type { Precision } from "@imagefn/inr";
import type { Engine } from "@imagefn/ops";
import { sampleMetadata, writeFunctions } from "../folder/functionFiles.js";
import type { Progress } from "../progress.js";
import type { Size } from "../size.js";
import type { ChosenLevels } from "./foundLevels.js";
import { drawn, writeSheets } from "./pictures.js";
import { isFunction, type Sample, type Sampler, sampler } from "./sampler.js";
import { samplingOf } from "./steps.js";
import type { Trained } from "./trained.js";

/** Blocks of 16 samples in memory at a time if each sample has files of its own. */
const PIECE = 16;

/** Samples that are made together. */
interface Made extends Block {
  /** Of the first one, over all rows: by this number its class and its files go. */
  readonly number: number;
}

/** What is sampled, with defaults filled in. */
export interface Request {
  readonly count: number;
  readonly seed: number;
  /** Classes that share the noise, one row each; if undefined, `labels` are sampled together. */
  readonly rows?: readonly number[];
  readonly labels?: readonly number[];
  /** All of it, or the share of a shard. */
  readonly blocks: readonly Made[];
  readonly shard?: Shard;
  readonly sizes: readonly Size[];
  /** Scale of classifier-free guidance, 1 if undefined. */
  readonly guidance?: number;
  /** Of the steps after the first. */
  readonly chosen: ChosenLevels;
  readonly saveFunctions: boolean;
  readonly precision: Precision;
  readonly separate: boolean;
  /** Where pictures and functions go. */
  readonly pictures: string;
  readonly functions: string;
  /** Start of every file name. It contains everything the pictures depend on, so equal names mean equal pictures. */
  readonly name: string;
}

/** Files of float32 have the name that they had before there was a choice. */
const functionPrefix = ({ name, precision }: Request) =>
  precision === "float32" ? name : `${name}-${precision}`;

/** What is called as samples are made and written. */
export interface Listener {
  progress(progress: Progress): void;
  message(text: string): void;
  picture(path: string): void;
  functions(paths: readonly string[]): void;
}

/** Makes and writes all blocks of a request. */
export async function draw(engine: Engine, trained: Trained, request: Request, listener: Listener) {
  const { train } = trained.run.config;
  const { levels, found, why } = request.chosen;
  if (why !== undefined) listener.message(why);
  if (levels.length > 0)
    listener.message(
      `noise levels 80, ${levels.map((level) => level.toPrecision(3)).join(", ")}${found ? " (found by search)" : ""}`,
    );
  const sampling = { ...samplingOf(train), levels, guidance: request.guidance };
  if (sampling.solver === "heun")
    listener.message(
      `Heun's method: ${levels.length + 1} steps, ${heunEvaluations(levels.length + 1)} evaluations of the network for each sample`,
    );
  const own = await sampler(engine, trained.generator, trained.weights, sampling);
  try {
    await drawPieces(engine, own, trained, request, listener);
  } finally {
    await own.dispose();
  }
  if (request.saveFunctions)
    listener.message(
      `functions: ${quoted(join(request.functions, `${functionPrefix(request)}-*.safetensors`))}`,
    );
}

/** All of it at once for grids, piece by piece where each sample has files of its own. */
async function drawPieces(
  engine: Engine,
  own: Sampler,
  trained: Trained,
  request: Request,
  listener: Listener,
) {
  const { seed, labels, sizes, blocks } = request;
  const total = blocks.reduce((n, { count }) => n + count, 0);
  const finish = async (samples: readonly Sample[], numbers: readonly number[]) => {
    if (request.saveFunctions) {
      const written = await writeFunctions(
        request.functions,
        functionPrefix(request),
        samples.filter(isFunction),
        sampleMetadata(seed, trained.classes, labels, request),
        { numbers, precision: request.precision },
      );
      listener.functions(written);
    }
    for (const size of sizes) await drawAt(engine, samples, numbers, size, request, listener);
  };
  let done = 0;
  let samples: Sample[] = [];
  let numbers: number[] = [];
  for (const [i, { first, count, number }] of blocks.entries()) {
    const made = await own.samples({
      count,
      first,
      seed,
      labels: labels?.slice(number, number + count),
      onProgress: (n) => listener.progress({ phase: "sample", step: done + n, total, unit: "samples" }),
    });
    samples.push(...made);
    numbers.push(...made.map((_, j) => number + j));
    done += count;
    const last = i + 1 === blocks.length;
    if (!last && !(request.separate && (i + 1) % PIECE === 0)) continue;
    await finish(samples, numbers);
    samples = [];
    numbers = [];
  }
}

/** One grid; or a picture for each sample, on request or if the grid would be too large. */
async function drawAt(
  engine: Engine,
  samples: readonly Sample[],
  numbers: readonly number[],
  size: Size,
  request: Request,
  listener: Listener,
) {
  const [width, height] = size;
  const total = height * samples.length;
  let done = 0;
  const images = samples.map((one) =>
    drawn(engine, one, size, (rows) => {
      done += rows;
      listener.progress({ phase: `${width}x${height}`, step: done, total, unit: "rows" });
    }),
  );
  const { pictures, name, rows, count, separate } = request;
  const prefix = join(pictures, `${name}-${width}x${height}`);
  const columns = rows ? count : undefined;
  await writeSheets({ images, width, height, columns, separate, prefix, numbers }, listener.picture);
}
