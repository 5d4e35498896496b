// The measurements of each contender as plain values, from which tables are made and claims are judged.
import type { GeneratorKind, NetworkCost } from "@imagefn/runs";
import type { CurvePoint } from "../figure/curves.js";
import type { TrainingFigures } from "../trainingFigures.js";

/** A value of a metric, or the reason there is none. */
export type Score =
  | {
      readonly value: number;
      /** Over splits or pictures. */
      readonly std?: number;
      /** Images measured. */
      readonly n: number;
      /** Images of the reference. */
      readonly reference?: number;
    }
  | { readonly missing: string };

/** A run's log in figures. */
export interface Training extends TrainingFigures {
  readonly pretrainSteps: number;
  /** Median time of a pre-training step; undefined without pre-training. */
  readonly pretrainMsPerStep?: number;
  /** Time of both phases and of the first. */
  readonly minutes: number;
  readonly pretrainMinutes: number;
  /** Means over equal numbers of steps. */
  readonly losses: readonly CurvePoint[];
  /** How much ln(loss) jumps from one point to the next, root mean square over the second half of the training. */
  readonly roughness?: number;
  /** Total denoising distance on held-out images along training. */
  readonly denoising: readonly CurvePoint[];
}

/** Seconds for one sample on this machine, in batches of 16. */
export interface Timing {
  /** Making one image function; 0 for generators of images. */
  readonly once: number;
  /** By side: drawing the function, or generating an image of that side with a network for it. */
  readonly at: Readonly<Record<string, number>>;
}

/** Mean gradient magnitude of pictures in [0, 255], in three ways, and of real ones. */
export interface Sharpness {
  readonly side: number;
  /** The function drawn at `side`. */
  readonly direct: number;
  /** The function drawn at half of it, enlarged bilinearly. */
  readonly bilinear: number;
  /** Real images of that side, where the data have them. */
  readonly real?: number;
  readonly n: number;
}

/** How well a larger or wider picture, averaged down to the training size, agrees with the picture of that size. */
export interface Agreement {
  readonly width: number;
  readonly height: number;
  /** Mean peak signal-to-noise ratio in dB. */
  readonly psnr: number;
}

/** Everything measured of one contender. Values that an experiment does not measure are left out. */
export interface Measured {
  readonly kind?: GeneratorKind;
  /** Training size in pixels. */
  readonly size?: number;
  readonly batch?: number;
  readonly parameters?: number;
  /** The reason there are no measurements, such as missing data. */
  readonly missing?: string;
  readonly training?: Training;
  /** Of a network that was not trained. */
  readonly cost?: NetworkCost;
  /** By name, as in `metricNames`. */
  readonly scores?: Readonly<Record<string, Score>>;
  readonly timing?: Timing;
  readonly sharpness?: Sharpness;
  readonly agreement?: readonly Agreement[];
}

/** Measurements by the label of the contender. */
export type Results = Readonly<Record<string, Measured>>;

/** Names of scores: the paper's, and those over the network that npm installs. */
export const ours = {
  frechet: "Fréchet distance (nsfwjs)",
  precision: "precision (nsfwjs)",
  recall: "recall (nsfwjs)",
} as const;

/** The value of a score where it was measured. */
export function scoreOf(results: Results, label: string, score: string): number | undefined {
  const found = results[label]?.scores?.[score];
  return found && "value" in found ? found.value : undefined;
}

/** Images per second of one size; several sizes of each signal, (number of sizes) / sum of their seconds. */
export function rateOf(timing: Timing | undefined, sides: readonly number[]): number | undefined {
  if (!timing || !sides.every((side) => side in timing.at)) return undefined;
  return sides.length / sides.reduce((sum, side) => sum + timing.at[side], timing.once);
}
