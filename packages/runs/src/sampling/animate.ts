// An animation along a closed path of noise: from sample to sample along great circles, and back to the first.
import { dirname, join } from "node:path";
import { ImagefnError, makeFolder, quoted, type Rows } from "@imagefn/base";
import { asParams, functionScale, initialNoise, slerp } from "@imagefn/consistency";
import type { ImageFunction } from "@imagefn/inr";
import type { Engine } from "@imagefn/ops";
import type { CmFunc } from "@imagefn/transformer";
import type { Config } from "../config/schema.js";
import { invalidOption } from "../invalidOption.js";
import type { Progress } from "../progress.js";
import type { Size } from "../size.js";
import { animationWriter } from "./animationFile.js";
import { functionProgram, toFunctions } from "./functionPrograms.js";
import { checkGuidance, type Guided, guidancePart, guidedFunctions } from "./guidance.js";
import { drawsFunctions, engineFor } from "./network.js";
import { drawn } from "./pictures.js";
import { BATCH } from "./sampler.js";
import { refuseDiffusion } from "./steps.js";
import { classNumber, classPart, emaPart, type Trained } from "./trained.js";

/** What to animate, and how. */
export interface AnimateOptions extends Guided {
  /** Samples on the path, from 2; 6 if left out. They are samples 0, 1 .. of the seed. */
  readonly count?: number;
  /** Frames of the whole loop, at least `count`; 12 for each sample if left out. */
  readonly frames?: number;
  /** Frames in a second, 1 to 100; 24 if left out. */
  readonly fps?: number;
  /** Size of a frame; 128 x 128 if left out. */
  readonly size?: Size;
  /** Of the noise; the configuration's `seed` if left out. */
  readonly seed?: number;
  /** The class of all frames, by its name or number: required if the run has classes. */
  readonly class?: string | number;
  /** Weights to sample with: the decay rate of an average, or "online". */
  readonly ema?: "online" | number;
  /**
   * The file, whose name ends in .png or .apng for animated PNG, in .webp, or in .mp4 or .webm for a video, which ffmpeg writes;
   * if left out, a .png in `folder`.
   */
  readonly out?: string;
  /** Where a file goes that is named after its content; samples/ of the run if left out. */
  readonly folder?: string;
  readonly engine?: Config["engine"]["name"];
  readonly threads?: number;
  /** Called as frames are drawn. */
  readonly onProgress?: (progress: Progress) => void;
  /** Called with what has no place in progress, as one line. */
  readonly onMessage?: (text: string) => void;
  /** Stops between frames; the promise rejects with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * Draws an animation of a run's image functions and returns its path.
 * @throws ImagefnError `no-functions` if the run's generator makes images, `diffusion-run` for a diffusion model, `invalid-option`
 * for an option that this run cannot be animated with, `missing-package` for a video without ffmpeg
 */
export async function animateRun(trained: Trained, options: AnimateOptions): Promise<string> {
  const { run, generator, classes, step } = trained;
  const { config } = run;
  if (!drawsFunctions(generator))
    throw new ImagefnError(
      "no-functions",
      `generator.kind ${config.generator.kind} makes images, not image functions.`,
    );
  refuseDiffusion(run, "an animation");
  const { count = 6, fps = 24, size = [128, 128], seed = config.seed, onMessage = () => {} } = options;
  const { frames = 12 * count } = options;
  if (count < 2) throw invalidOption("count", count, "a path needs two samples.", "Use 2 or more.");
  if (frames < count)
    throw invalidOption("frames", frames, `there are ${count} samples on the path.`, `Use ${count} or more.`);
  const label = labelOf(trained, options.class);
  checkGuidance(trained, options);
  const parts = [
    `animation-step${step}`,
    `seed${seed}`,
    `count${count}`,
    `frames${frames}`,
    `fps${fps}`,
    ...classPart(label, classes),
    ...emaPart(options.ema),
    ...guidancePart(options),
    size.join("x"),
  ];
  const path = options.out ?? join(options.folder ?? run.samples, `${parts.join("-")}.png`);
  const [width, height] = size;
  const write = await animationWriter(path, { width, height, frames, fps });
  const { engine, why } = await engineFor(config, options);
  onMessage(`${trained.origin}; engine ${engine.name} (${why})`);
  makeFolder(dirname(path));
  const noise = (f: number) => noiseAt(seed, count, (f * count) / frames, generator.shape);
  const { guidance } = options;
  const functions = functionsAlong(engine, trained, generator, { frames, label, noise, guidance });
  await write(pictures(engine, functions, size, frames, options));
  return path;
}

/** The class of every frame. @throws ImagefnError `invalid-option` if the run has classes and none was chosen */
function labelOf({ classes, run }: Trained, asked: string | number | undefined): number | undefined {
  if (asked !== undefined) return classNumber(asked, classes, run.path);
  if (classes.length === 0) return undefined;
  throw new ImagefnError(
    "invalid-option",
    `class is missing: the run ${quoted(run.path)} has classes, and an animation keeps to one of them, such as ${quoted(classes[0])}.`,
    { option: "class", advised: true },
  );
}

/** The noise at a place of the loop: whole numbers are the samples, `count` is the first one again. */
function noiseAt(seed: number, count: number, place: number, shape: readonly number[]): Float32Array {
  const from = Math.floor(place);
  const one = (index: number) => initialNoise(seed, index % count, 1, shape);
  return slerp(one(from), one(from + 1), place - from);
}

interface Path extends Guided {
  readonly frames: number;
  readonly label: number | undefined;
  /** Of frame f. */
  noise(f: number): Float32Array;
}

/** The function of each frame, one network evaluation each, some frames at a time. */
async function* functionsAlong(
  engine: Engine,
  { weights, run }: Trained,
  generator: CmFunc,
  { frames, label, noise, guidance }: Path,
): AsyncGenerator<ImageFunction> {
  const generate = await engine.compile(functionProgram(generator, BATCH), asParams(weights));
  const labels: Record<string, Float32Array> =
    label === undefined ? {} : { labels: new Float32Array(BATCH).fill(label) };
  const scale = functionScale(run.config.train.parameterisation);
  const functions = guidedFunctions(
    async (inputs) => toFunctions(generator, await generate.run(inputs), scale),
    generator,
    guidance,
  );
  const each = generator.shape.reduce((a, b) => a * b, 1);
  try {
    for (let first = 0; first < frames; first += BATCH) {
      const z = new Float32Array(BATCH * each);
      const count = Math.min(BATCH, frames - first);
      for (let i = 0; i < count; i++) z.set(noise(first + i), i * each);
      const made = await functions({ z, ...labels });
      yield* made.slice(0, count);
    }
  } finally {
    await generate.dispose();
  }
}

/** The rows of each frame, drawn when they are read. */
async function* pictures(
  engine: Engine,
  functions: AsyncIterable<ImageFunction>,
  size: Size,
  total: number,
  { onProgress, signal }: AnimateOptions,
): AsyncGenerator<Rows> {
  let step = 0;
  for await (const fn of functions) {
    signal?.throwIfAborted();
    yield drawn(engine, fn, size)();
    onProgress?.({ phase: "animate", step: ++step, total, unit: "frames" });
  }
}
