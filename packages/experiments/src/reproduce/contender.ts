// One of the things that an experiment compares.
import type { Config } from "@imagefn/runs";

/** A run of an experiment, and how it is measured. */
export interface Contender {
  /** Its name in tables and figures. */
  readonly label: string;
  /** The configuration to train, or the reason there is none. */
  readonly config: Config | { readonly missing: string };
  /** Side in pixels at which its samples are measured, where that is not the training size. */
  readonly size?: number;
  /** Sampling steps. Default 1. */
  readonly steps?: number;
  /** Too large to be trained here: only what its network costs is measured. */
  readonly untrained?: boolean;
}

/** Whether a contender can be trained. */
export const isRunnable = (config: Contender["config"]): config is Config => !("missing" in config);
