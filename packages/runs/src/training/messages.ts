// Messages between a caller and training in another thread or process.
import type { Config } from "../config/schema.js";
import type { Progress } from "../progress.js";
import type { PackedError } from "./packedError.js";
import type { Accepted, Ending } from "./sitting.js";

export type ToTraining =
  | ({
      readonly kind: "start";
      /** The run folder. */
      readonly path: string;
      readonly resume: boolean;
      /** May differ from the run's configuration. */
      readonly engine: Config["engine"];
    } & Accepted)
  /** Stop after the current step, with a checkpoint. */
  | { readonly kind: "stop" };

export type FromTraining =
  | { readonly kind: "progress"; readonly progress: Progress }
  | { readonly kind: "message"; readonly text: string }
  | { readonly kind: "ending"; readonly ending: Ending }
  | { readonly kind: "error"; readonly error: PackedError };
