// What the main thread and the training thread say to each other.
import type { Config } from "../config/schema.js";
import type { Progress } from "../progress.js";
import type { PackedError } from "./packedError.js";
import type { Ending } from "./training.js";

export interface WorkerInput {
  /** The run folder. */
  readonly path: string;
  readonly resume: boolean;
  /** May differ from the run's configuration. */
  readonly engine: Config["engine"];
  /** An Int32 that becomes 1 when training should stop after its current step. */
  readonly stop: SharedArrayBuffer;
}

export type FromWorker =
  | { readonly kind: "progress"; readonly progress: Progress }
  | { readonly kind: "message"; readonly text: string }
  | { readonly kind: "ending"; readonly ending: Ending }
  | { readonly kind: "error"; readonly error: PackedError };
