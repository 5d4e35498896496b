// What both kinds of training give their callers, and what they share.
import type { Engine, HostArray, Random } from "@imagefn/ops";
import type { Data } from "./data.js";
import { type Generator, pointsOf } from "./generator.js";
import { perSample } from "./pairs.js";
import type { Ranks } from "./ranks.js";
import type { CommonSettings } from "./settings.js";

/** What a trainer cannot do without. */
export interface TrainerNeeds {
  /** What runs the steps. */
  readonly engine: Engine;
  /** The network that is trained. */
  readonly generator: Generator;
  /** The images of each step. */
  readonly data: Data;
  /**
   * The processes that train together, of which this is one: each computes its share of every batch, and all of them end
   * each step with the same state. One process alone if left out.
   */
  readonly ranks?: Ranks;
  /** Numbers that are added over the processes whenever they exchange something: always as many. Called once for each step. */
  readonly notes?: () => readonly number[];
}

/** A training that lives in an engine, step by step. */
export interface Trainer {
  /**
   * Runs step k = 0, 1, .. of K and returns what it measured. What it draws depends on (seed, k) alone; learning rate and
   * noise grid depend on `at` / K, where `at`, k if left out, need not be whole: a run whose length follows a time moves
   * along its schedule by steps of different sizes.
   * @throws an Error with the name DivergedError if the loss is not finite
   */
  step(k: number, K: number, at?: number): Promise<StepResult>;
  /**
   * Compiles what step k of K needs, where the step before it ran another program. `step` does so itself: this is for
   * those who measure how long steps take.
   */
  prepare(k: number, K: number, at?: number): Promise<void>;
  /** The paths of what `read` gives, in its order: what a restored state must hold, no more and no less. */
  readonly paths: readonly string[];
  /** A copy of everything but k that is needed to go on, by path, or of the part that starts with `prefix`. */
  read(prefix?: string): Promise<Map<string, HostArray>>;
  /** Replaces state by path, as `read` gave it. @throws if a path or a length does not fit */
  write(state: ReadonlyMap<string, HostArray>): Promise<void>;
  /** Frees what the engine holds. The trainer cannot be used afterwards. */
  dispose(): Promise<void>;
}

/** What a step measured. */
export interface StepResult {
  /** The mean loss of the batch, before the step; between two exchanges, of this process's share of it. */
  readonly loss: number;
  /** The learning rate of the step, after any decay. */
  readonly learningRate: number;
  /** Levels of the noise grid, in consistency training. */
  readonly N?: number;
  /** The global norm of the gradient before clipping, where it is clipped. */
  readonly gradientNorm?: number;
  /** With `ranks`, after steps that exchange something: the sums of the notes. All processes have the same state then. */
  readonly notes?: readonly number[];
}

/** Coordinates of a batch, of whole images or of crops: sample s of all samples ever drawn has its own jitter. */
export function batchCoordinates(
  generator: Generator,
  { batch, variationalCoordinates }: Pick<CommonSettings, "batch" | "variationalCoordinates">,
  noise: Random,
  first: number,
  places?: Float32Array,
): Record<string, Float32Array> {
  if (!generator.coordinates) return {};
  const normals = variationalCoordinates
    ? perSample(noise, batch, first, pointsOf(generator) * 2)
    : undefined;
  return { coordinates: generator.coordinates(batch, normals, places) };
}

/** Refuses crops for a generator that makes images of one size. */
export function checkCropped(generator: Generator, { crops }: Pick<CommonSettings, "crops">): void {
  if (crops && !generator.coordinates)
    throw new Error(
      "consistency: crops is true, but this generator makes images of one size (expected one of image functions)",
    );
}

/** Refuses a loss from which training cannot go on. */
export function checkLoss(loss: number, what: string, k: number): void {
  if (Number.isFinite(loss)) return;
  const error = new Error(
    `consistency: the loss of ${what} step ${k} is ${loss} (expected a finite number). ` +
      "Lower the learning rate, or limit the gradient with clipNorm, and go on from the last checkpoint.",
  );
  throw Object.assign(error, { name: "DivergedError" });
}
