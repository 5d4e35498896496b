// What a network costs on this machine, however large: memory and time of some training steps, and time of some samples.
import { freemem } from "node:os";
import { fileURLToPath } from "node:url";
import type { Config } from "../config/schema.js";
import { findingsOf } from "../doctor/findingsOf.js";
import { networkOf, parameterCount } from "../sampling/network.js";
import { stateBytes } from "./plan.js";

/** What was measured; a measurement that was cut short has only a part of it, and the reason. */
export interface NetworkCost {
  readonly parameters: number;
  /** The largest memory of the process until its last training step, in bytes; without sampling. */
  readonly peakBytes?: number;
  /** Seconds of a training step, and of a step of pre-training for a generator of functions. */
  readonly trainStepSeconds?: number;
  readonly pretrainStepSeconds?: number;
  /** Seconds of one sample in one step, or in those of a diffusion model, drawn at the training size. */
  readonly sampleSeconds?: number;
  /** Why there is no more. */
  error?: string;
}

/** How a network is measured. */
export interface NetworkCostOptions {
  /** Steps that are timed after one that warms up. Default 1. */
  readonly steps?: number;
  /** Seconds after which the measurement ends with what it has. Default 300. */
  readonly seconds?: number;
  readonly signal?: AbortSignal;
}

/** What the script is given, as JSON. */
export interface NetworkCostRequest {
  readonly config: Config;
  readonly steps: number;
}

const script = fileURLToPath(new URL("./costScript.js", import.meta.url));

/**
 * What has to be free, over the state: the engine holds it, once more while a step replaces it, and once as what it started from;
 * as much again is left for gradients and activations.
 */
const COPIES = 4;

/**
 * Measures an unconditional network with the configuration's batch and engine, in a process of its own, on random images.
 * Weights are random and nothing is written, so that no more is held than training needs.
 */
export async function networkCost(
  config: Config,
  { steps = 1, seconds = 300, signal }: NetworkCostOptions = {},
): Promise<NetworkCost> {
  const parameters = parameterCount(networkOf(config, 0));
  const needed = COPIES * stateBytes(config, parameters);
  const free = freemem();
  const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  if (needed > free)
    return { parameters, error: `training takes ${gib(needed)} or more, and ${gib(free)} are free` };
  const request: NetworkCostRequest = { config, steps };
  const found = await findingsOf<Omit<NetworkCost, "parameters">>(
    script,
    [JSON.stringify(request)],
    seconds * 1000,
    signal,
  );
  signal?.throwIfAborted();
  return { parameters, ...found };
}
