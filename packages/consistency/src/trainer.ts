// What both kinds of training give their callers, and what they share.
import type { Engine, HostArray, Program, Random, Runnable } from "@imagefn/ops";
import type { Data } from "./data.js";
import { type Generator, pointsOf } from "./generator.js";
import { perSample } from "./pairs.js";
import type { CommonSettings } from "./settings.js";

/** What a trainer cannot do without. */
export interface TrainerNeeds {
  /** What runs the steps. */
  readonly engine: Engine;
  /** The network that is trained. */
  readonly generator: Generator;
  /** The images of each step. */
  readonly data: Data;
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
  /** The mean loss of the batch, before the step. */
  readonly loss: number;
  /** The learning rate of the step, after any decay. */
  readonly learningRate: number;
  /** Levels of the noise grid, in consistency training. */
  readonly N?: number;
  /** The global norm of the gradient before clipping, where it is clipped. */
  readonly gradientNorm?: number;
}

/** Coordinates of a batch: sample s of all samples ever drawn has its own jitter. */
export function batchCoordinates(
  generator: Generator,
  { batch, variationalCoordinates }: CommonSettings,
  noise: Random,
  first: number,
): Record<string, Float32Array> {
  if (!generator.coordinates) return {};
  if (!variationalCoordinates) return { coordinates: generator.coordinates(batch) };
  return {
    coordinates: generator.coordinates(batch, perSample(noise, batch, first, pointsOf(generator) * 2)),
  };
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

/** One state in an engine, and of the programs that move it on the one that is compiled. */
export interface Compiled {
  /** The program, compiled where another one was; the state is handed over. */
  program(wanted: Program): Promise<Runnable>;
  readonly state: Omit<Trainer, "step" | "prepare">;
}

/**
 * A program in an engine, in its initial state or in a restored one. Other programs on the same state may follow it.
 * @throws if the restored state holds other arrays than the program
 */
export async function compiled(
  engine: Engine,
  first: Program,
  initial: unknown,
  restored?: ReadonlyMap<string, HostArray>,
): Promise<Compiled> {
  let current = first;
  let runnable = await engine.compile(first, restored ?? initial);
  return {
    async program(wanted) {
      if (wanted !== current) {
        runnable = await engine.compile(wanted, runnable);
        current = wanted;
      }
      return runnable;
    },
    state: {
      paths: [...first.state.keys()],
      read: (prefix) => runnable.read(prefix),
      write: (state) => runnable.write(state),
      dispose: () => runnable.dispose(),
    },
  };
}
