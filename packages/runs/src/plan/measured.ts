// What a step costs: a few steps of a configuration, on random images, in a process of their own.
import { fileURLToPath } from "node:url";
import type { Config } from "../config/schema.js";
import { findingsOf } from "../doctor/findingsOf.js";

/** What was found out; a measurement that did not end in time has only a part of it, and the reason. */
export interface Measured {
  /** The engine's name, and why it was chosen. */
  readonly engine?: string;
  readonly why?: string;
  /** Seconds of a step of pre-training, and of one of training: the mean over those that denoise and those that do not. */
  readonly pretrainStepSeconds?: number;
  readonly trainStepSeconds?: number;
  /** Peak memory of the process, in bytes, with one batch of images. */
  readonly peakBytes?: number;
  /** Why there is no more. */
  error?: string;
}

/** What the script is given, as JSON. */
export interface MeasureRequest {
  readonly config: Config;
  readonly classes: number;
  readonly pretrain: boolean;
  /** Whether the training is long enough to run on the engine that was measured to be the fastest. */
  readonly long: boolean;
}

const script = fileURLToPath(new URL("./measure.js", import.meta.url));

/** Measures for at most so many seconds. Nothing is written. */
export const measured = (request: MeasureRequest, seconds: number): Promise<Measured> =>
  findingsOf<Measured>(script, [JSON.stringify(request)], seconds * 1000);
