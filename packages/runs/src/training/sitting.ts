// What the phases of a run share while it trains, and the callbacks to its caller.
import type { Engine } from "@imagefn/ops";
import type { TrainingData } from "../data/trainingData.js";
import type { openLog } from "../folder/log.js";
import type { RunFolder } from "../folder/runFolder.js";
import type { Progress } from "../progress.js";
import type { Network } from "../sampling/network.js";
import type { Agreement } from "./agreement.js";
import type { Ranks } from "./ranks.js";

/** Callbacks from training to its caller. */
export interface Listener {
  progress(progress: Progress): void;
  message(text: string): void;
  /** Whether to stop after this step. */
  stopping(): boolean;
}

/** What may differ from the checkpoint of a run that is resumed. */
export interface Accepted {
  /** Other images. */
  readonly changedData?: boolean;
  /** Other settings in its config.yaml. */
  readonly changedSettings?: boolean;
}

/** How training ends without an error: at its last step, or earlier on request, with a checkpoint. */
export type Ending = "finished" | "stopped";

/** Whether a phase is made of steps, after each of which training can stop with a checkpoint. */
export const inSteps = (phase: string | undefined): boolean => phase === "pretrain" || phase === "train";

/** Everything that the phases of a run share. */
export interface Sitting {
  readonly run: RunFolder;
  readonly listener: Listener;
  readonly engine: Engine;
  readonly data: TrainingData;
  readonly generator: Network;
  readonly log: ReturnType<typeof openLog>;
  /** The processes that train this run, of which this is one. */
  readonly ranks: Ranks;
  readonly agreement: Agreement;
}
